import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeShards } from '../../src/stages/merge.ts';
import { type RunFolder, runFolder } from '../../src/store/run-folder.ts';
import { BLOCKS, bootedRun, derive, size } from '../support/booted-run.ts';

const SHARDS = 5;
let folder: string;
let whole: RunFolder;
let shards: RunFolder[];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'merge-'));
  whole = runFolder(path.join(folder, 'whole'));
  await bootedRun(whole, undefined, 0);
  // As separate runners give them: each began a moment later, on its own computer.
  shards = Array.from({ length: SHARDS }, (_, i) => runFolder(path.join(folder, `shard-${i + 1}`)));
  for (const [i, shard] of shards.entries()) await bootedRun(shard, { index: i + 1, count: SHARDS }, i);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every file of a folder, by its name. */
function filesOf({ folder: of }: RunFolder): Map<string, string> {
  const names = readdirSync(of, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const relative = names.map((entry) => path.relative(of, path.join(entry.parentPath, entry.name))).sort();
  return new Map(relative.map((name) => [name, readFileSync(path.join(of, name), 'latin1')]));
}

let merges = 0;
const newFolder = (): RunFolder => runFolder(path.join(folder, `merged-${++merges}`));
const copyOf = (shard: RunFolder): RunFolder => {
  const copy = newFolder();
  cpSync(shard.folder, copy.folder, { recursive: true });
  return copy;
};

describe('shards', () => {
  test.each([
    ['in their order', [0, 1, 2, 3, 4]],
    ['in any other', [3, 0, 4, 2, 1]],
  ])('five of them, named %s, equal the one run, byte for byte', async (_, order) => {
    const merged = newFolder();
    await mergeShards(
      order.map((index) => shards[index] as RunFolder),
      merged,
    );
    await derive(merged);
    const [expected, got] = [filesOf(whole), filesOf(merged)];
    expect([...got.keys()]).toEqual([...expected.keys()]);
    expect([...expected].filter(([name, bytes]) => got.get(name) !== bytes).map(([name]) => name)).toEqual([]);
    expect(got.size).toBeGreaterThan(2 * BLOCKS * (size.tasks + 5));
  });

  test('leave every block whole, and in exactly one of them', async () => {
    const { blocks } = await whole.readRun();
    const boots = await Promise.all(shards.map((shard) => shard.boots()));
    for (const block of blocks)
      expect(boots.map((ids) => block.boots.filter(({ id }) => ids.includes(id)).length).filter(Boolean)).toEqual([2]);
  });

  test('bench refuses a missing one and names it', async () => {
    const without = shards.filter((_, index) => index !== 1 && index !== 3);
    await expect(mergeShards(without, newFolder())).rejects.toThrow('Missing: shard 2/5, shard 4/5.');
  });

  test('bench refuses one that occurs twice and names it', async () => {
    const twice = [...shards, copyOf(shards[2] as RunFolder)];
    await expect(mergeShards(twice, newFolder())).rejects.toThrow(/^Shard 3\/5 was given twice: .*shard-3, .*merged-/);
  });

  test('bench refuses an interrupted one and names it and the boot it lacks', async () => {
    const cut = copyOf(shards[1] as RunFolder);
    rmSync(cut.bootFolder('0003-before'), { recursive: true, force: true });
    rmSync(cut.bootFolder('0003-after'), { recursive: true, force: true });
    const merging = mergeShards(shards.with(1, cut), newFolder());
    await expect(merging).rejects.toThrow(/\(shard 2\/5\) lacks the boot 0003-(before|after)\.$/);
  });

  test.each([
    ['seed', { seed: 8 }],
    ['scenarioSha256', { scenarioSha256: 'b'.repeat(64) }],
    ['accelerator', { facts: { accelerator: 'kvm' } }],
  ])('bench refuses one of another %s, and writes nothing', async (key, change) => {
    const other = copyOf(shards[4] as RunFolder);
    await other.writeRun({ ...(await other.readRun()), ...change });
    const into = newFolder();
    await expect(mergeShards(shards.with(4, other), into)).rejects.toThrow(`their ${key} differs`);
    expect(await into.hasRun()).toBe(false);
  });

  test('runners whose processors differ may share a run, and the report names all of them', async () => {
    const other = copyOf(shards[4] as RunFolder);
    await other.writeRun({ ...(await other.readRun()), facts: { accelerator: 'tcg', hostCpu: 'Model B' } });
    expect((await mergeShards(shards.with(4, other), newFolder())).facts.hostCpu).toBe('Model A, Model B');
  });

  test('a merge after an interrupted merge works', async () => {
    const into = newFolder();
    await into.adoptBoot('0001-before', shards[0] as RunFolder).catch(() => {});
    await into.adoptBoot('0001-after', shards[0] as RunFolder).catch(() => {});
    await mergeShards(shards, into);
    await derive(into);
    expect(filesOf(into)).toEqual(filesOf(whole));
  });
});
