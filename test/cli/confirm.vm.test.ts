import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { folderHistory } from '../../src/store/history/folder.ts';
import { changeIn, steppedHistory } from '../support/stepped-history.ts';

/** A disk with a partition that contains nothing to boot. */
function deadDisk(serial: number): Buffer {
  const bytes = Buffer.alloc(2 ** 20);
  bytes.writeUInt32LE(serial, 440);
  bytes.set([0x80, 0, 0, 0, 0x83, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], 446);
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

const SCENARIO = `name: nightly
provider: {kind: qemu, timing: wall, firmware: bios}
variants:
  before: {image: {file: before.raw}}
  after:  {image: {file: after.raw}}
gates: {boot.target: {minimumEffect: 2%}}
ready: {within: 3s}
blocks: 1
`;

test('a change whose images do not boot is neither confirmed nor refuted: exit code 3, no line in the history', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-confirm-'));
  const { signal } = new AbortController();
  try {
    writeFileSync(path.join(folder, 'nightly.yaml'), SCENARIO);
    const lines = steppedHistory({ names: { metric: 'boot.target' } });
    const { id, images } = changeIn(lines);
    const sideOf = (name: 'before' | 'after') => {
      const disk = deadDisk(name.length);
      const file = path.join(folder, `${name}.raw`);
      writeFileSync(file, disk);
      return { image: createHash('sha256').update(disk).digest('hex'), source: { file } };
    };
    const sides = { [images.before]: sideOf('before'), [images.after]: sideOf('after') };
    const history = folderHistory(path.join(folder, 'history'));
    for (const line of lines) {
      const pinned = line.kind === 'run' && line.candidates.map((side) => ({ ...side, ...sides[side.image] }));
      await history.append(pinned ? { ...line, candidates: pinned } : line, signal);
    }
    const before = (await history.read(signal)).lines.length;
    const change = changeIn((await history.read(signal)).lines).id;
    expect(change).toBe(id);
    const options = ['--scenario', 'nightly.yaml', '--boots', '1', '--out', 'confirmed'];
    const bench = [path.resolve('dist/bench.js'), 'confirm', 'history', change, ...options];
    const { status, stdout, stderr } = spawnSync(process.execPath, bench, { cwd: folder, encoding: 'utf8' });
    expect([status, stdout], stderr).toEqual([3, '']);
    expect(stderr).toMatch(
      /All boots of one side of nightly\/\S+ failed: nothing was confirmed[\s\S]+Read the reasons in \S+report\.html/,
    );
    expect((await history.read(signal)).lines).toHaveLength(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
