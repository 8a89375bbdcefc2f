import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planBuild } from '../../../src/providers/qemu/image-plan.ts';
import { ImageBuild } from '../../../src/providers/qemu/scenario.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-plan-'));
  await mkdir(path.join(folder, 'units/deep'), { recursive: true });
  await writeFile(path.join(folder, 'units/b.service'), 'b');
  await writeFile(path.join(folder, 'units/deep/a.service'), 'a');
  await writeFile(path.join(folder, 'run'), 'run');
  await writeFile(path.join(folder, 'install.sh'), 'true');
});
afterEach(() => rm(folder, { recursive: true }));

const base = { base: ImageBuild.parse({ debian: 'bookworm', packages: ['jq'] }) };
const plan = (spec: Parameters<typeof ImageBuild.parse>[0], images = base) =>
  planBuild('before', ImageBuild.parse(spec), 'disk', images, folder);
const keyOf = async (...args: Parameters<typeof plan>) => (await plan(...args)).key;
const LAYER = { from: 'base', files: { '/etc/systemd/system': 'units', '/opt/run': 'run' }, scripts: ['install.sh'] };

describe('the key of an image', () => {
  test('is the same for the same inputs in any order', async () => {
    const one = await keyOf({ debian: 'bookworm', packages: ['jq', 'curl'] });
    expect(await keyOf({ debian: 'bookworm', packages: ['curl', 'jq', 'jq'] })).toBe(one);
  });

  test('changes with every input', async () => {
    const keys = new Set([await keyOf(LAYER)]);
    const differs = async (key: Promise<string>) => {
      const value = await key;
      expect(keys.has(value)).toBe(false);
      keys.add(value);
    };
    await differs(keyOf({ ...LAYER, size: '4G' }));
    await differs(keyOf({ ...LAYER, packages: ['curl'] }));
    await differs(keyOf({ ...LAYER, scripts: [] }));
    await differs(keyOf({ ...LAYER, files: { '/opt/other': 'run' } }));
    await differs(keyOf(LAYER, { base: ImageBuild.parse({ debian: 'trixie', packages: ['jq'] }) }));
    await differs(keyOf(LAYER, { base: ImageBuild.parse({ debian: 'bookworm' }) }));
    await writeFile(path.join(folder, 'install.sh'), 'false');
    await differs(keyOf(LAYER));
    await writeFile(path.join(folder, 'units/deep/a.service'), 'A');
    await differs(keyOf(LAYER));
    await chmod(path.join(folder, 'run'), 0o755);
    await differs(keyOf(LAYER));
  });

  test('does not change with the umask of the user who checked out the files', async () => {
    await chmod(path.join(folder, 'run'), 0o644);
    const one = await keyOf(LAYER);
    await chmod(path.join(folder, 'run'), 0o600);
    expect(await keyOf(LAYER)).toBe(one);
  });
});

test('covers a folder with all its content, in a fixed order', async () => {
  const { files } = await plan(LAYER);
  expect(files.map(({ target, mode }) => `${mode.toString(8)} ${target}`)).toEqual([
    '644 /etc/systemd/system/b.service',
    '644 /etc/systemd/system/deep/a.service',
    '644 /opt/run',
  ]);
});

describe('before a build, bench', () => {
  test('names a file that does not exist', async () => {
    await expect(plan({ from: 'base', files: { '/a': 'missing' } })).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/^image before: could not read .*missing: no such file$/),
    });
  });

  test('names a base that does not exist, and the existing ones', async () => {
    await expect(plan({ from: 'bsae' })).rejects.toMatchObject({
      kind: 'usage',
      message: 'image before is built on "bsae", which provider.images does not define (there are base).',
    });
  });

  test('refuses images that build on each other', async () => {
    const images = { base: ImageBuild.parse({ from: 'other' }), other: ImageBuild.parse({ from: 'base' }) };
    await expect(plan({ from: 'base' }, images)).rejects.toMatchObject({
      kind: 'usage',
      message: 'The images base -> other -> base form a cycle.',
    });
  });
});
