/**
 * An imitation of a GitHub runner. It executes the steps of our composite action as the real one does: with GitHub's own evaluator of
 * expressions, a shell per step, and only a job's variables and files. Folders stand in for the actions of others (cache, artifacts).
 */
import { spawn } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';
import type { Step } from './workflows.ts';

interface CompositeStep extends Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
}

interface Composite {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly CompositeStep[] };
}

export interface RunnerJob {
  readonly apiUrl: string;
  readonly event: unknown;
  readonly workspace: string;
  /** The folder of the unpacked action; default: this checkout. */
  readonly actionPath?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The user of the job; default: ours. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly home: string };
  /** Folders that stand in for the service's cache and artifacts. */
  readonly cache?: string;
  readonly artifacts?: string;
}

export interface Finished {
  readonly code: number | null;
  /** The log, as the page of the job shows it. */
  readonly log: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary. */
  readonly summary: string;
}

/** GitHub's variables of a job in the repository team/image. */
export const jobVariables = ({ apiUrl }: Pick<RunnerJob, 'apiUrl'>): Readonly<Record<string, string>> => ({
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_API_URL: apiUrl,
  GITHUB_REPOSITORY: 'team/image',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_RUN_ID: '42',
  GITHUB_SERVER_URL: 'https://github.example',
  RUNNER_OS: 'Linux',
  RUNNER_ARCH: 'X64',
});

export async function runAction(inputs: Readonly<Record<string, string>>, job: RunnerJob): Promise<Finished> {
  const actionPath = path.resolve(job.actionPath ?? '.');
  const action = parse(readFileSync(path.join(actionPath, 'action.yml'), 'utf8')) as Composite;
  const folder = mkdtempSync(path.join(tmpdir(), 'runner-'));
  const given = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: fallback = '' }]) => [name, inputs[name] ?? fallback]),
  );
  const state = { inputs: given, steps: {} as Record<string, { outputs: Record<string, string> }>, failed: false };
  const said = { log: '', stdout: '', stderr: '' };
  const files = {
    summary: file(folder, 'summary.md', ''),
    event: file(folder, 'event.json', JSON.stringify(job.event)),
  };
  let code: number | null = 0;
  own(folder, job);
  for (const step of action.runs.steps) {
    if (!isWanted(step.if, state)) continue;
    const filled = (values: Readonly<Record<string, unknown>> = {}) =>
      Object.fromEntries(Object.entries(values).map(([name, text]) => [name, fill(String(text), state)]));
    said.log += `##[group]${step.uses ? `Run ${step.uses}` : `Run ${step.run}`}\n##[endgroup]\n`;
    if (step.uses) {
      said.log += play(step.uses, filled(step.with), job);
      continue;
    }
    const output = file(folder, 'output', '');
    own(folder, job);
    const environment = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: job.user?.home ?? folder,
      ...jobVariables(job),
      GITHUB_ACTION_PATH: actionPath,
      GITHUB_WORKSPACE: job.workspace,
      GITHUB_EVENT_PATH: files.event,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: files.summary,
      ...job.environment,
      ...filled(step.env),
    };
    const script = file(folder, 'step.sh', step.run ?? '');
    const ended = await run(['/bin/sh', '-e', script], environment, job);
    for (const stream of ['log', 'stdout', 'stderr'] as const) said[stream] += ended[stream];
    if (step.id) state.steps[step.id] = { outputs: outputsOf(output) };
    if (ended.code !== 0) {
      code = ended.code;
      state.failed = true;
      said.log += `##[error]Process completed with exit code ${code}.\n`;
    }
  }
  const outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, { value }]) => [name, fill(value, state)]),
  );
  const summary = readFileSync(files.summary, 'utf8');
  rmSync(folder, { recursive: true });
  return { code, ...said, outputs, summary };
}

function file(folder: string, name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
}

function own(folder: string, { user }: RunnerJob): void {
  if (!user) return;
  for (const at of [folder, ...readdirSync(folder).map((name) => path.join(folder, name))])
    chownSync(at, user.uid, user.gid);
}

const outputsOf = (output: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(output, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  );

interface State {
  readonly inputs: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, { readonly outputs: Readonly<Record<string, string>> }>>;
  readonly failed: boolean;
}

/** A condition without a status function is true only while nothing has failed. */
function isWanted(condition: string | undefined, state: State): boolean {
  if (condition === undefined) return !state.failed;
  const holds = evaluate(condition.replace(/^\$\{\{|\}\}$/g, ''), state) !== 'false';
  return holds && (!state.failed || /\b(always|failure|cancelled)\(\)/.test(condition));
}

const fill = (text: string, state: State): string =>
  text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, state));

function evaluate(expression: string, { inputs, steps, failed }: State): string {
  const known = { inputs, steps, github: { token: 'token-of-the-job' }, runner: { os: 'Linux', arch: 'X64' } };
  const always = { name: 'always', minArgs: 0, maxArgs: 0 };
  const functions = [always, { ...always, name: 'failure' }];
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(known), functions).parse();
  const context = JSON.parse(JSON.stringify(known), data.reviver);
  const calls = new Map([
    ['always', { ...always, call: () => new data.BooleanData(true) }],
    ['failure', { ...always, name: 'failure', call: () => new data.BooleanData(failed) }],
  ]);
  return new Evaluator(tree, context, calls).evaluate().coerceString();
}

async function run(command: readonly string[], environment: Record<string, string>, job: RunnerJob) {
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: job.workspace,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(job.user && { uid: job.user.uid, gid: job.user.gid }),
  });
  const said = { log: '', stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      said.log += text;
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
}

/** Imitates the actions of others that our action uses. */
function play(uses: string, input: Readonly<Record<string, string>>, job: RunnerJob): string {
  const [name] = uses.split('@');
  const home = job.user?.home ?? '';
  const place = (input.path ?? '').replace(/^~/, home);
  if (name === 'actions/upload-artifact') return upload(place, input, job);
  if (!job.cache || home === '') return '';
  const at = (key: string) => path.join(job.cache ?? '', key);
  if (name === 'actions/cache/save') {
    if (existsSync(at(input.key ?? '')) || !existsSync(place)) return '';
    cpSync(place, at(input.key ?? ''), { recursive: true, verbatimSymlinks: true });
    return `Cache saved with key: ${input.key}\n`;
  }
  if (name !== 'actions/cache/restore') throw new Error(`the action uses ${uses}, which this runner cannot play`);
  const keys = existsSync(job.cache) ? readdirSync(job.cache) : [];
  const found =
    keys.find((key) => key === input.key) ?? keys.find((key) => key.startsWith(input['restore-keys'] ?? ' '));
  if (!found) return `Cache not found for input keys: ${input.key}\n`;
  mkdirSync(path.dirname(place), { recursive: true });
  cpSync(at(found), place, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  for (const made of [
    path.dirname(place),
    place,
    ...readdirSync(place, { recursive: true, encoding: 'utf8' }).map((one) => path.join(place, one)),
  ])
    if (job.user) chownSync(made, job.user.uid, job.user.gid);
  return `Cache restored from key: ${found}\n`;
}

function upload(place: string, input: Readonly<Record<string, string>>, job: RunnerJob): string {
  if (!job.artifacts) return '';
  const to = path.join(job.artifacts, input.name ?? '');
  if (existsSync(to) && input.overwrite !== 'true') throw new Error(`there is an artifact ${input.name} already`);
  rmSync(to, { recursive: true, force: true });
  cpSync(path.resolve(job.workspace, place), to, { recursive: true });
  return `Artifact ${input.name} has been successfully uploaded!\n`;
}
