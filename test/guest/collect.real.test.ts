import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CollectOptions, type CollectRequest, collect } from '../../src/guest/collect.ts';
import { ms } from '../../src/model/units.ts';
import { alive, type Sshd, startSshd, until } from '../support/sshd.ts';
import { realTimer } from '../support/timer.ts';

const options: CollectOptions = { timer: realTimer, reachWithinMs: ms(5000), collectWithinMs: ms(30_000) };
const never = new AbortController().signal;

const request = (path: string, command: string, maxBytes = 1_000_000): CollectRequest => ({
  path,
  command,
  maxBytes,
  collector: 'test',
});

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

const scriptFolders = () =>
  ['/run', '/tmp'].flatMap((root) => readdirSync(root).filter((name) => /^bench-\d+$/.test(name)));
const foldersBefore = new Set(scriptFolders());
/** The script's folders that these tests left behind. */
const leftFolders = () => scriptFolders().filter((name) => !foldersBefore.has(name));

const isSshd = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sshd\n';

/** The command of a request is running: before that, a login may still be under way. */
const sleeping = () => sshd.descendants().some((pid) => alive(pid) && commandOf(pid).startsWith('sleep'));
const commandOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** A machine whose `systemctl` is this script. */
function sshdWithSystemctl(bin: string, script: string): Promise<Sshd> {
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return startSshd({ lines: [`SetEnv PATH=${bin}:/usr/bin:/bin`] });
}

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const take = (requests: readonly CollectRequest[], more: Partial<CollectOptions> = {}, signal = never) =>
  collect(sshd.target, requests, { ...options, ...more }, signal);

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (cause: { failure?: { stage: string; code: string; message: string; hint: string } }) =>
      cause.failure ?? Promise.reject(cause),
  );

describe('a machine with a real sshd', () => {
  test('answers all requests in one round trip, with their exit codes', async () => {
    const { artifacts, hostKeySha256, warnings } = await take([
      request('a.txt', 'echo hello'),
      request('deep/er/b.txt', "printf 'it'\\''s\\0binary'; exit 3"),
      request('c.txt', 'syntax error ) ('),
      request('d.txt', 'no-such-command-here'),
      request('e.txt', 'cd /; exit 0; echo unreachable'),
    ]);
    expect(artifacts.map(({ path, exitCode, bytes }) => [path, exitCode, text(bytes)])).toEqual([
      ['a.txt', 0, 'hello\n'],
      ['deep/er/b.txt', 3, "it's\0binary"],
      ['c.txt', 2, ''],
      ['d.txt', 127, ''],
      ['e.txt', 0, ''],
    ]);
    expect(sshd.target.hostKey).toEqual({ kind: 'pinned', sha256: `SHA256:${hostKeySha256}` });
    expect(warnings.map(({ message }) => message).join('\n')).toMatch(
      /d\.txt: `no-such-command-here` ended with exit code 127: .*not found/,
    );
  });

  test('accepts an empty list of requests', async () => {
    expect(await take([])).toMatchObject({ artifacts: [], warnings: [], systemState: undefined });
  });

  test('reports the state of its units before anything else', async () => {
    const { artifacts } = await take([
      request('a', 'date +%s%N'),
      request('b', 'systemctl show >/dev/null 2>&1; date +%s%N'),
      request('c', 'date +%s%N'),
    ]);
    expect(artifacts.map(({ path }) => path)).toEqual(['b', 'a', 'c']);
    const times = artifacts.map(({ bytes }) => BigInt(text(bytes).trim()));
    expect(times).toEqual(times.toSorted());
  });

  test('keeps neither a folder nor a process of the collection', async () => {
    await take([request('a', 'echo a')]);
    await until(
      () => sshd.descendants().length === 0,
      () => `still there: ${sshd.descendants()}`,
    );
    await until(
      () => leftFolders().length === 0,
      () => `left: ${leftFolders()}`,
    );
  });

  test('gives the files of a folder, and names those that it left out', async () => {
    const folder = path.join(sshd.folder, 'events');
    execFileSync('sh', [
      '-c',
      `mkdir -p ${folder}/a ${folder}/b; cd ${folder}; echo 1 >a/x.json; echo 2 >b/x.json; echo 3 >'a/-o dd;name'; mkfifo a/pipe; ln -s ../a/x.json b/link.json`,
    ]);
    const { artifacts, warnings } = await take([
      request('events/', `find ${folder} -mindepth 2 | sort; echo relative; echo /no/such/file`),
      request('none/', 'exit 4'),
    ]);
    expect(artifacts.map(({ path, bytes, truncated }) => [path, text(bytes), truncated])).toEqual([
      ['events/-o_dd_name', '3\n', false],
      ['events/x.json', '1\n', false],
      ['events/2~x.json', '2\n', false],
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['artifact-skipped']);
  });

  test('that prints a gigabyte loses the output beyond the cap, inside the machine', async () => {
    const { artifacts, timings } = await take([
      request('big', 'head -c 1000000000 /dev/zero', 100_000),
      request('exact', 'head -c 5000 /dev/zero', 5000),
      request('after', 'echo fine'),
    ]);
    expect(artifacts.map(({ path, bytes, truncated }) => [path, bytes.length, truncated])).toEqual([
      ['big', 100_000, true],
      ['exact', 5000, false],
      ['after', 5, false],
    ]);
    expect(timings.collectMs).toBeLessThan(5000);
  });

  test('loses only the commands that hang, with what they started', async () => {
    const { artifacts } = await take(
      [
        request('before', 'echo 1'),
        request('hangs', 'echo begun; sleep 1234 & sleep 1235'),
        request('after', 'echo 2'),
      ],
      { commandWithinMs: ms(1000) },
    );
    expect(artifacts.map(({ path, exitCode, truncated, bytes }) => [path, exitCode, truncated, text(bytes)])).toEqual([
      ['before', 0, false, '1\n'],
      ['hangs', null, true, 'begun\n'],
      ['after', 0, false, '2\n'],
    ]);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toMatch(/sleep 123[45]/);
  });

  test('that takes too long in total ends its work by itself after bench has given up', async () => {
    const failure = await failureOf(take([request('hangs', 'sleep 1236')], { collectWithinMs: ms(800) }));
    expect(failure).toMatchObject({
      stage: 'collect',
      code: 'collect-timeout',
      message: 'Collecting took longer than 1 s.',
    });
    await until(
      () => sshd.descendants().length === 0,
      () => `still there: ${sshd.descendants()}`,
    );
    await until(
      () => leftFolders().length === 0,
      () => `left: ${leftFolders()}`,
    );
  });

  test('an abort in mid-collection leaves no process, no folder and no socket', async () => {
    const stop = new AbortController();
    const sockets = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'TCPWRAP').length;
    await until(
      () => sockets() === 0,
      () => `${sockets()} sockets before`,
    );
    const work = take([request('hangs', 'sleep 1237')], {}, stop.signal);
    await until(sleeping, () => 'the command did not start');
    const children = sshd.descendants();
    const aborted = performance.now();
    stop.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
    expect(performance.now() - aborted).toBeLessThan(50);
    await until(
      () => children.every((pid) => !alive(pid)),
      () => `still there: ${children.filter(alive)}`,
    );
    await until(
      () => sockets() === 0,
      () => `${sockets()} sockets left`,
    );
    await until(
      () => leftFolders().length === 0,
      () => `left: ${leftFolders()}`,
    );
  });

  test('whose sshd dies in mid-stream is a lost connection, and still cleans up', async () => {
    const failure = failureOf(take([request('hangs', 'sleep 1238')]));
    await until(sleeping, () => 'the command did not start');
    const children = sshd.descendants();
    for (const pid of children.filter(isSshd)) process.kill(pid, 'SIGKILL');
    expect(await failure).toMatchObject({ stage: 'collect', code: 'ssh-lost' });
    await until(
      () => !children.some(alive),
      () => `still there: ${children.filter(alive)}`,
    );
    await until(
      () => leftFolders().length === 0,
      () => `left: ${leftFolders()}`,
    );
  });

  test('that runs out of room reports it', async () => {
    const wrapped = await startSshd({
      // The script's actions in /run and /tmp, on a file system of 200 KB that only this connection sees.
      forceCommand: `unshare -m sh -c 'mount -t tmpfs -o size=200k none /run; mount --bind /run /tmp; eval "$SSH_ORIGINAL_COMMAND"'`,
    });
    try {
      const failure = await failureOf(
        collect(wrapped.target, [request('big', 'head -c 1000000 /dev/zero'), request('b', 'echo 2')], options, never),
      );
      expect(failure).toMatchObject({ stage: 'collect', code: 'guest-disk-full' });
    } finally {
      await wrapped.stop();
    }
  });

  test('reports once whether its boot is over, if the caller wants it', async () => {
    const bin = path.join(sshd.folder, 'bin');
    const wrapped = await sshdWithSystemctl(bin, `echo "$*" >>${bin}/calls; sleep 0.3; echo degraded; exit 1`);
    try {
      const { systemState, artifacts } = await collect(
        wrapped.target,
        [request('a', 'echo a')],
        { ...options, waitForBootMs: ms(5000) },
        never,
      );
      expect(systemState).toBe('degraded');
      expect(artifacts.map(({ bytes }) => text(bytes))).toEqual(['a\n']);
      expect(readFileSync(`${bin}/calls`, 'utf8')).toBe('is-system-running --wait\n');
      writeFileSync(`${bin}/systemctl`, '#!/bin/sh\nsleep 1239\n');
      const stuck = await collect(
        wrapped.target,
        [request('a', 'echo a')],
        { ...options, waitForBootMs: ms(1000) },
        never,
      );
      expect(stuck.systemState).toBe('starting');
      expect(stuck.artifacts.map(({ bytes }) => text(bytes))).toEqual(['a\n']);
    } finally {
      await wrapped.stop();
    }
  });

  test('gets time until it is ready, and gives what it has when it never is', async () => {
    const wrapped = await sshdWithSystemctl(path.join(sshd.folder, 'ready-bin'), 'echo running');
    const file = path.join(sshd.folder, 'is-ready');
    const readyCommand = `until [ -e '${file}' ]; do sleep 0.1; done`;
    const ask = (waitForBootMs: number) =>
      collect(
        wrapped.target,
        [request('a', `cat '${file}'`)],
        { ...options, waitForBootMs: ms(waitForBootMs), readyCommand },
        never,
      );
    try {
      const early = await ask(1000);
      expect([early.ready, early.systemState, early.artifacts.length]).toEqual([false, 'starting', 1]);
      setTimeout(() => writeFileSync(file, 'now\n'), 500);
      const late = await ask(20_000);
      expect([late.ready, late.systemState]).toEqual([true, 'running']);
      expect(late.artifacts.map(({ bytes }) => text(bytes))).toEqual(['now\n']);
    } finally {
      await wrapped.stop();
    }
  });
});
