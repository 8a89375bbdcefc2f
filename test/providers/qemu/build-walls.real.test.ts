/** The isolation of an image build, with scripts that try to escape. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isolated } from '../../../src/providers/qemu/image-build.ts';

const WALLS = readFileSync('src/providers/qemu/build-walls.sh', 'utf8');

let root: string;
let work: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'walls-'));
  work = path.join(root, 'work');
  mkdirSync(work);
  writeFileSync(path.join(root, 'base.tar'), 'base');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs it as a build would run; the name of the file that it tries to make is the same everywhere. */
function behindWalls(script: string) {
  const [command = '', ...args] = [...isolated(), 'sh', '-c', WALLS, 'sh', script];
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, BASE: path.join(root, 'base.tar') };
  return spawnSync(command, args, { cwd: work, env, encoding: 'utf8', timeout: 60_000 });
}

const MARK = `pwned-${process.pid}`;

/** Folders of this computer in which its root or the user of the tests may write. */
const PLACES = ['/', '/etc', '/usr', '/var', '/var/tmp', '/tmp', '/root', '/opt', '/srv', '/boot', '/home', '/run'];

const ATTACKS: Readonly<Record<string, string>> = {
  'an absolute path': `for p in ${PLACES.join(' ')}; do echo x >$p/${MARK}; done`,
  '../': `for up in .. ../.. ../../.. ../../../../../../../..; do for p in . etc tmp; do echo x >$up/$p/${MARK}; done; done`,
  'the root of the first process': `for p in ${PLACES.join(' ')}; do echo x >/proc/1/root$p/${MARK}; done`,
  'its own root': `for p in ${PLACES.join(' ')}; do echo x >/proc/self/root$p/${MARK}; echo x >/proc/self/cwd/..$p/${MARK}; done`,
  'the folders of other processes': `for n in 2 3 4 5 $PPID 100 1000; do echo x >/proc/$n/root/etc/${MARK}; echo x >/proc/$n/cwd/../${MARK}; done`,
  'a change of root': `chroot /proc/1/root sh -c 'echo x >/etc/${MARK}'; nsenter --target 1 --mount sh -c 'echo x >/etc/${MARK}'`,
  'mounts made writable': `mount -o remount,rw /; mount -o remount,bind,rw /; mount -o remount,bind,rw /etc; echo x >/etc/${MARK}; echo x >/${MARK}`,
  'a mount of its own over it': `mkdir m; mount --bind /etc m && mount -o remount,bind,rw m; echo x >m/${MARK}; mount --rbind / m; echo x >m/etc/${MARK}`,
  'what is hidden': `umount -l /tmp; umount -l /home; umount -l /run; umount -l /mnt/work; for p in /tmp /home /run ${'"$OLD"'}; do echo x >$p/${MARK}; done`,
  'the overlay of a folder': `mkdir u w m; mount -t overlay -o lowerdir=/etc,upperdir=u,workdir=w x m; echo x >m/${MARK}; echo x >/etc/${MARK}`,
  'another name space': `unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,rw /; echo x >/etc/${MARK}'; unshare --mount --pid --fork --mount-proc sh -c 'echo x >/proc/1/root/etc/${MARK}'`,
  'a link that is written through': `ln -s /etc l; echo x >l/${MARK}; ln -s ${'/proc/1/root/tmp'} k; echo x >k/${MARK}`,
};

test.each(Object.entries(ATTACKS))('%s leads nowhere', (_, attack) => {
  const { status, stderr } = behindWalls(`(${attack}) >/dev/null 2>&1\necho held >mine`);
  expect(status, stderr).toBe(0);
  expect(readFileSync(path.join(work, 'mine'), 'utf8')).toBe('held\n');
  const above = [root, path.dirname(root), ...PLACES];
  expect(above.filter((place) => existsSync(path.join(place, MARK)))).toEqual([]);
  expect(readFileSync(path.join(root, 'base.tar'), 'utf8')).toBe('base');
});

test('the disks of this computer cannot be mounted, read or written, nor made', () => {
  const attack = [
    'for d in /dev/sd? /dev/vd? /dev/nvme?n? /dev/loop0 /dev/mem /dev/kmem; do',
    '  [ -e $d ] || continue; mkdir -p m; mount $d m && echo mounted $d; head -c 1 $d >/dev/null && echo read $d; (: >>$d) && echo wrote $d',
    'done',
    'for n in 8:0 254:0 259:0 7:0; do mknod d b ${n%:*} ${n#*:} && echo made $n; rm -f d; done',
    'mknod m1 c 1 1 && echo made memory',
  ].join('\n');
  expect(behindWalls(`(${attack}) 2>/dev/null`).stdout).toBe('');
});

test('the settings of the kernel stay unchanged', () => {
  const settings = [
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/kernel/modprobe',
    '/proc/sysrq-trigger',
    '/sys/kernel/uevent_helper',
  ];
  const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
  const attack = settings.map((file) => `(echo '|/tmp/x' >${file}) 2>/dev/null && echo wrote ${file}`).join('\n');
  expect(behindWalls(`${attack}\ntrue`).stdout).toBe('');
  expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
});

test('a build may read the base but not write it, and homes are empty', () => {
  const { stdout } = behindWalls(
    'cat "$BASE"; (echo x >"$BASE") 2>/dev/null && echo wrote; ls -A /root /home /tmp | grep -v :',
  );
  expect(stdout.trim()).toBe('base');
});

test('the files of a build belong to the user who runs it, and its exit code comes out', () => {
  const { status } = behindWalls('mkdir a; echo x >a/b; chown 5:5 a/b; chmod 4755 a/b; mount -t tmpfs t a; exit 7');
  expect(status).toBe(7);
  expect(readdirSync(work)).toEqual(['a']);
  const facts = statSync(path.join(work, 'a'));
  expect(facts.uid).toBe(process.getuid?.());
});

test('where there are no user name spaces, no script of an image is started, and the reason is reported', () => {
  // As in containers and on hardened computers: no process of the build may make a user namespace.
  const none = [
    'unshare',
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"',
    'sh',
  ];
  const asRoot = ['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--'];
  const [command = '', ...args] = [...none, ...asRoot, 'sh', '-c', WALLS, 'sh', 'echo ran >ran'];
  const { status, stdout } = spawnSync(command, args, {
    cwd: work,
    env: { PATH: process.env.PATH, BASE: path.join(root, 'base.tar') },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(status).toBe(8);
  expect(stdout).toContain('there are no user name spaces, and without them a script of the image could write');
  expect(readdirSync(work)).toEqual([]);
});
