import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT, exitOfLeftBehind } from '../../src/cli/exit.ts';
import { collectorsFor } from '../../src/collectors/index.ts';
import { worldError } from '../../src/model/errors.ts';
import { register } from '../../src/providers/registry.ts';
import { designRun } from '../../src/stages/design/run.ts';
import { checkKeeping, checkScenario, loadScenario } from '../../src/stages/design/scenario.ts';
import { providerOf } from '../../src/stages/provider.ts';
import { runWith } from '../../src/stages/run.ts';
import { runFolder } from '../../src/store/run-folder.ts';
import { reachedAfter } from '../support/boot-artifacts.ts';
import { type SshGuests, sshGuests } from '../support/ssh-guest.ts';
import { realTimer as timer } from '../support/timer.ts';
import { paper } from './paper.ts';

const SCENARIO = `
# Is the second sheet slower?
name: sheets
provider: {kind: paper, weight: 80}
variants:
  before: {image: white}
  after: {image: grey}
blocks: 8
gates: {boot.target: {}}
`;

/** A boot that reaches its default target after the given seconds. */
const artifacts = (seconds: number): Record<string, string> => reachedAfter(seconds * 1e6);

const nothing = () => {};
const watcher = { changed: nothing, gaveUp: nothing, kept: nothing, started: nothing, deriving: nothing };
let closing: () => void = nothing;
let unregister: () => void = nothing;
let cwd: string;
let guests: SshGuests | undefined;
const asked: string[] = [];
beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'paper-'));
  writeFileSync(path.join(cwd, 'sheets.yaml'), SCENARIO);
  unregister = register(
    paper(
      (boot) => guests?.target(boot) ?? expect.fail('no guests'),
      asked,
      () => closing(),
    ),
  );
});
afterAll(async () => {
  // The registry yields the schemas of scenarios, and other test files share it.
  unregister();
  await guests?.close();
  rmSync(cwd, { recursive: true });
});

const load = (settings: { path: string; value: string }[] = []) =>
  loadScenario('./sheets.yaml', [() => settings], { cwd, scenarioFolders: [], environment: {} });

/** Runs the experiment through the stages, into a folder of that name. */
async function run(name: string) {
  const loaded = await load();
  checkScenario(loaded);
  const { scenario, document, sha256 } = loaded;
  const requests = collectorsFor(scenario).flatMap((collector) => collector.artifacts);
  guests ??= await sshGuests(requests, (boot) => artifacts(boot.endsWith('after') ? 12 : 10));
  const createdAt = '2026-01-01T00:00:00Z';
  const facts = { id: 'sheets-1', tool: 'bench 0.0.0', createdAt, scenario: document, scenarioSha256: sha256, seed: 7 };
  const folder = runFolder(path.join(cwd, name));
  mkdirSync(folder.folder);
  const place = { cacheFolder: cwd, scratchFolder: cwd, scenarioFolder: cwd, environment: {}, progress: nothing };
  const world = { provider: { ...place, timer }, timer, now: () => createdAt, watcher };
  const experiment = { folder, run: designRun(scenario, facts), scenario };
  const result = await runWith(providerOf(scenario), experiment, world, new AbortController().signal);
  return { folder, ...result };
}

test('one line registers a provider that runs a whole experiment', async () => {
  const { folder, findings, failures } = await run('whole');
  expect(failures.size).toBe(0);
  expect(findings.comparison.verdict).toBe('slower');
  expect(findings.comparison.metrics[0]).toMatchObject({ metric: 'boot.target', failsGate: true });
  expect(asked[0]).toBe('open 80 g: white,grey');
  expect(asked.at(-1)).toBe('close');
  expect(asked).toHaveLength(18);
  expect(await folder.readRun()).toMatchObject({ facts: { provider: 'paper', weight: 80 } });
  expect(readFileSync(folder.file.report, 'utf8')).toContain('slower');
});

test('a failed cleanup costs no result: the findings remain, and the report names the failure beside them', async () => {
  closing = () => {
    throw worldError('The shredder is jammed.', 'Burn it.');
  };
  const { folder, findings, leftBehind } = await run('jammed');
  expect(findings.comparison.verdict).toBe('slower');
  expect(readFileSync(folder.file.report, 'utf8')).toContain('slower');
  expect(leftBehind).toMatchObject({ message: 'The shredder is jammed.', hint: 'Burn it.' });
  expect([EXIT.fine, EXIT.gateFailed, EXIT.inconclusive].map(exitOfLeftBehind)).toEqual([3, 5, 3]);
});

test('a refusal uses the words of the provider; a wrong option appears with its place', async () => {
  const rebooting = await load([{ path: 'boot', value: 'reboot' }]);
  expect(() => checkScenario(rebooting)).toThrow('the paper provider burns after reading.');
  expect(() => checkKeeping(rebooting.scenario)).toThrow('--keep-machines: the paper provider burns after reading.');
  await expect(load([{ path: 'provider.weight', value: 'heavy' }])).rejects.toThrow(/provider\.weight/);
});
