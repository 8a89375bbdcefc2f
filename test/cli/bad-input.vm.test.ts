/**
 * Problems of a run before it has any images, as a user sees them: one clear line, what to do, the right exit code.
 * The run leaves nothing behind. (Images that do not boot are in run.vm.test.ts: they are results, not errors.)
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesIn } from '../providers/qemu/lab.ts';
import { READY, tinyGuest } from '../providers/qemu/tiny-guest.ts';

let home: string;
const mounted: string[] = [];
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-bad-'));
  for (const name of ['tmp', 'cache']) mkdirSync(path.join(home, name));
});
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
  rmSync(home, { recursive: true });
});

const DISK = tinyGuest({ console: 'hello\r\n', marker: READY, writesDisk: true, end: 'idle' });

/** A scenario of one image for both variants, as a file named like the variant. */
function scenario(image: string): void {
  writeFileSync(path.join(home, 'disk.raw'), DISK);
  const text = `name: bad
provider: {kind: qemu, timing: wall, accel: tcg, memory: 64M}
variants:
  before: {image: ${image}}
  after:  {image: ${image}}
blocks: 1
ready: {within: 30s}
`;
  writeFileSync(path.join(home, 'bad.yaml'), text);
}

/** Runs the scenario; `by` is a command that starts it, for example in a namespace. */
function bench(environment: Record<string, string> = {}, by: readonly string[] = []) {
  const run = [process.execPath, path.resolve('dist/bench.js'), 'run', '--scenario', './bad.yaml', '--seed', '1'];
  const [command = '', ...args] = [...by, ...run];
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: home, TMPDIR: path.join(home, 'tmp') };
  const options = { cwd: home, encoding: 'utf8', timeout: 120_000 } as const;
  const cache = { BENCH_CACHE: path.join(home, 'cache'), BENCH_NO_INSTALL: '1' };
  const { status, stderr } = spawnSync(command, args, {
    ...options,
    env: { ...env, ...cache, ...environment },
  });
  // Progress lines start with the time. The last other line names the error, unless a hint follows it.
  const said = stderr.split('\n').filter((line) => !/^\d+:\d\d /.test(line) && line !== '');
  return { status, said };
}

/** Runs that have begun. */
function runsIn(folder: string): readonly string[] {
  const runs = path.join(folder, 'reports/runs');
  return existsSync(runs) ? readdirSync(runs) : [];
}

async function expectNothingLeft() {
  expect(readdirSync(path.join(home, 'tmp'))).toEqual([]);
  expect(await processesIn(home)).toEqual([]);
}

describe('a run that cannot start', () => {
  test.each([
    [
      'of an image that is not there',
      '{file: none.qcow2}',
      2,
      /^bench: There are 2 problems:$/,
      /bad\.yaml:4:19: the image .*\/none\.qcow2 does not exist or cannot be read$/,
    ],
    [
      'of an image with another sha256',
      `{file: disk.raw, sha256: ${'f'.repeat(64)}}`,
      2,
      new RegExp(
        `^bench: variant before: .*/disk\\.raw has the sha256 ${createHash('sha256').update(DISK).digest('hex')}, not f{64}\\.$`,
      ),
      /download it again, or correct image\.sha256/,
    ],
    [
      'of an image by a url that leads nowhere',
      `{url: "http://127.0.0.1:65535/disk", sha256: ${'f'.repeat(64)}}`,
      3,
      /^bench: image before: could not reach http:\/\/127\.0\.0\.1:65535\/disk: /,
      /Check the url/,
    ],
    [
      'of an image that is to be built from a file that is not there',
      '{build: {debian: bookworm, files: {/etc/x: none}}}',
      2,
      /^bench: image before: could not read .*\/none: no such file$/,
      /are relative to the folder of the scenario/,
    ],
  ])('%s ends before the first machine', async (_, image, code, line, hint) => {
    scenario(image);
    const { status, said } = bench();
    expect(said[0]).toMatch(line);
    expect(said[1]).toMatch(hint);
    expect(said.length).toBeLessThanOrEqual(4);
    expect(status).toBe(code);
    expect(runsIn(home)).toEqual([]);
    await expectNothingLeft();
  });

  test('without QEMU names the package', async () => {
    scenario('{file: disk.raw}');
    mkdirSync(path.join(home, 'bin'));
    for (const tool of ['setpriv', 'qemu-img']) symlinkSync(which(tool), path.join(home, 'bin', tool));
    const { status, said } = bench({ PATH: path.join(home, 'bin') });
    expect(said.join('\n')).toMatch(/qemu-system-x86/);
    expect(status).toBe(3);
    await expectNothingLeft();
  });
});

const which = (tool: string) => execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();

/** A folder on its own disk that is too small for the run. */
function smallDisk(name: string, kibibytes: number): string {
  const folder = path.join(home, name);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}

const root = userInfo().uid === 0;
if (!root)
  console.log(
    'Full disks and taken ports are not tried: only root can mount a small disk, or have a network of its own.',
  );

describe.skipIf(!root)('a full disk on this computer', () => {
  test.each([
    ['has no room for the disk of a machine', 64],
    ['has no room for what a machine writes', 320],
  ])('and %s ends the run and says what to do', async (_, kibibytes) => {
    scenario('{file: disk.raw}');
    smallDisk('tmp', kibibytes);
    const { status, said } = bench();
    expect(said).toContainEqual(
      expect.stringMatching(/^bench: .*(No space left|ENOSPC|could not write the machine's disk)/i),
    );
    expect(said).toContainEqual(expect.stringMatching(/^ +Free some space.*TMPDIR/));
    expect(status).toBe(3);
    await expectNothingLeft();
  });

  test('without room for the run itself ends it and says what to do', async () => {
    scenario('{file: disk.raw}');
    mkdirSync(path.join(home, 'reports'));
    smallDisk('reports', 4);
    const { status, said } = bench();
    expect(said.at(-2)).toMatch(/^bench: Could not write .*: the disk is full/);
    expect(said.at(-1)).toMatch(/Free some space/);
    expect(status).toBe(3);
    await expectNothingLeft();
  });
});

/** A network with a single free port, which is already taken. */
const TAKEN = `ip link set lo up
echo 40000 40000 > /proc/sys/net/ipv4/ip_local_port_range
"$0" -e 'require("node:net").createServer().listen(40000, "127.0.0.1", () => console.log())' > taken &
taken=$!
until [ -s taken ]; do sleep .1; done
"$@"
status=$?
kill $taken
exit $status`;

describe.skipIf(!root)('a computer whose ports are all taken', () => {
  test('ends the run and says what to do', async () => {
    scenario('{file: disk.raw}');
    const { status, said } = bench({}, ['unshare', '--net', 'sh', '-c', TAKEN, process.execPath]);
    expect(said).toContainEqual(
      expect.stringMatching(/^bench: No port on 127\.0\.0\.1 was free .* \(boot 0001-\w+\)\./),
    );
    expect(said).toContainEqual(expect.stringMatching(/ip_local_port_range/));
    // The last line says how to continue the run after the user has solved the problem.
    expect(said.at(-1)).toContain('--resume');
    expect(status).toBe(3);
    await expectNothingLeft();
  });
});
