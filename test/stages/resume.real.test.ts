import { spawn } from 'node:child_process';
import path from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../src/store/run-folder.ts';
import { bundled } from '../../tools/bundled.js';
import { NODE_GROUP, nodeGroup } from '../azure/cluster.ts';
import type { Call } from '../azure/faults.ts';
import { type Laboratory, laboratory } from '../azure/laboratory.ts';

/** The folder from which Node resolves packages. */
const DRIVER = path.resolve('node_modules/.cache/bench/crash-driver.mjs');
const BENCH = path.resolve('dist/bench.js');

let lab: Laboratory;
/** Lines of the journal of a run without a kill. */
let lines: number;
beforeAll(async () => {
  // Deletions take longer than bench takes to start again.
  lab = await laboratory({ latency: { delete: 2_000 } });
  await bundled('test/azure/crash-driver.ts', DRIVER);
  expect(await drive('whole')).toBe('0');
  lines = (await folderOf('whole').readJournal()).length;
  expect(lines).toBeGreaterThan(10);
});
afterAll(() => lab.close());

/** The moment of a kill: after so many lines of the journal, or at so many requests to the cloud, which gets the last one. */
interface Death {
  readonly afterLines?: number;
  readonly atRequest?: number;
  /** The requests that count. */
  readonly where?: (call: Call) => boolean;
}

const folderOf = (runId: string) => runFolder(path.join(lab.folder, runId));

/** One process of the run; resolves with its end. */
const drive = (runId: string, death: Death = {}): Promise<string> => {
  const folders = [path.join(lab.folder, runId), path.join(lab.folder, 'scratch', runId)];
  const provider = runId.startsWith(SHARED) ? [JSON.stringify(IN_A_CLUSTER)] : [];
  return live([DRIVER, runId, ...folders, `${death.afterLines ?? 0}`, ...provider], death);
};

/** Runs of this name make scale sets in the node resource group of a cluster, all of them in the same one. */
const SHARED = 'shared';
const IN_A_CLUSTER = {
  machine: 'scale-set',
  group: { name: NODE_GROUP, existing: true },
  reach: { kind: 'private' },
};

function live(command: readonly string[], { atRequest, where = () => true }: Death): Promise<string> {
  const env = { ...process.env, ...lab.context().environment };
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  let count = 0;
  const listenNoMore = lab.endpoint.onCall((call) => {
    if (where(call)) count += 1;
    if (count === atRequest) child.kill('SIGKILL');
  });
  return new Promise((resolve) =>
    child.once('close', (code, signal) => {
      listenNoMore();
      resolve(signal ?? `${code} ${complaint}`.trim());
    }),
  );
}

const isWriteOf = (runId: string) => (call: Call) => call.method !== 'GET' && groupOf(runId).test(call.path);

/** The group of a run, and its content. */
const groupOf = (runId: string) => new RegExp(`(^|/)bench-${runId}-[0-9a-f]{8}(/|$)`);

const machinePuts = (runId: string): string[] =>
  lab.endpoint.log
    .filter(({ method, path: at }) => method === 'PUT' && /virtualMachine(s|ScaleSets)\/[^/]+$/.test(at))
    .filter(({ body }) => (body as { tags: Readonly<Record<string, string>> }).tags['bench-run'] === runId)
    .map(({ path: at }) => /\d{4}-(before|after)/.exec(at)?.[0] ?? at);

const BOOTS = ['0001-before', '0002-after', '0003-before', '0004-after'];

const leftOf = (runId: string): string[] => lab.endpoint.left().filter((id) => groupOf(runId).test(id));

/** Lives once and checks that no boot with an outcome runs again; returns how it ended, and the faults. */
async function liveOnce(runId: string, death?: Death): Promise<{ end: string; problems: string[] }> {
  const done = await folderOf(runId).boots();
  const before = machinePuts(runId).length;
  const end = await drive(runId, death);
  const twice = machinePuts(runId)
    .slice(before)
    .filter((id) => done.includes(id));
  return { end, problems: twice.map((id) => `${id} was booted again`) };
}

/** Continues to the end and returns the faults, which should be none. */
async function goOn(runId: string): Promise<string[]> {
  const { end, problems } = await liveOnce(runId);
  const asked = machinePuts(runId);
  return [
    ...problems,
    ...(end === '0' ? [] : [`did not go on: ${end}`]),
    ...BOOTS.filter((id) => !asked.includes(id)).map((id) => `${id} was never booted`),
    ...((await folderOf(runId).boots()).join() === BOOTS.join() ? [] : ['outcomes are missing']),
    ...leftOf(runId).map((id) => `left behind: ${id}`),
  ];
}

/** Dies at each of these points, one after the other, and continues. */
async function dieAndGoOn(runId: string, deaths: readonly Death[]): Promise<string[]> {
  const problems: string[] = [];
  for (const death of deaths) {
    const lived = await liveOnce(runId, death);
    problems.push(...lived.problems, ...(lived.end === 'SIGKILL' ? [] : [`did not die: ${lived.end}`]));
  }
  return [...problems, ...(await goOn(runId))].map((problem) => `${runId}: ${problem}`);
}

/** The moment when at least two machines exist, and no boot has an outcome. */
const IN_MID_BOOT: Death = { afterLines: 7 };

async function atEveryLine(
  deathsAt: (line: number) => readonly Death[],
  name: string,
  upTo = lines,
): Promise<string[]> {
  const limit = pLimit(8);
  const numbers = Array.from({ length: upTo }, (_, index) => index + 1);
  return (await Promise.all(numbers.map((line) => limit(() => dieAndGoOn(`${name}-${line}`, deathsAt(line)))))).flat();
}

describe.concurrent('a killed run', () => {
  test('after any line of its journal continues: it loses no boot, makes none twice, and leaves nothing in the cloud', async () => {
    expect(await atEveryLine((afterLines) => [{ afterLines }], 'killed')).toEqual([]);
  }, 600_000);

  test("in another owner's group does so too, and leaves all existing resources unchanged", async () => {
    const { group, inside } = nodeGroup();
    lab.endpoint.plant(group, inside);
    const theirs = () =>
      JSON.stringify(lab.endpoint.snapshot().filter((each) => JSON.stringify(each).includes(NODE_GROUP)));
    const before = theirs();
    expect(await atEveryLine((afterLines) => [{ afterLines }], SHARED)).toEqual([]);
    expect(theirs()).toBe(before);
  }, 600_000);

  // The group has its line from the first life.
  test('and once more after any line that it writes when it continues, does so too', async () => {
    expect(await atEveryLine((afterLines) => [IN_MID_BOOT, { afterLines }], 'twice', lines - 1)).toEqual([]);
  }, 600_000);

  test('again and again, each time one request later that changes the cloud, ends all the same', async () => {
    const runId = 'stubborn';
    const problems = [];
    await drive(runId, IN_MID_BOOT);
    let deaths = 0;
    for (let end = 'SIGKILL'; end === 'SIGKILL'; deaths += 1) {
      const lived = await liveOnce(runId, { atRequest: deaths + 1, where: isWriteOf(runId) });
      problems.push(...lived.problems);
      end = lived.end;
      expect(deaths).toBeLessThan(60);
    }
    expect(deaths).toBeGreaterThan(5);
    expect([...problems, ...(await goOn(runId))]).toEqual([]);
  }, 600_000);
});

describe('a killed bench gc', () => {
  test('again and again, one request later each time, deletes all in the end, and the run continues from nothing', async () => {
    const runId = 'collected';
    expect(await drive(runId, IN_MID_BOOT)).toBe('SIGKILL');
    expect(leftOf(runId).length).toBeGreaterThan(3);
    let deaths = 0;
    for (let end = 'SIGKILL'; end === 'SIGKILL'; deaths += 1) {
      end = await live([BENCH, 'gc', '--yes', '--all', '--offline'], { atRequest: deaths + 1 });
      expect(end).toMatch(/^(SIGKILL|0)/);
      expect(deaths).toBeLessThan(60);
    }
    expect(deaths).toBeGreaterThan(5);
    expect(leftOf(runId)).toEqual([]);
    expect(await goOn(runId)).toEqual([]);
  }, 600_000);
});
