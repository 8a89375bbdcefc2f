import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Collected, type CollectRequest, collect, GuestFailure } from '../../src/guest/collect.ts';
import type { Failure } from '../../src/model/boot.ts';
import { ms } from '../../src/model/units.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { honestAnswer, TAR_END, tarEntry } from '../support/tar-stream.ts';
import { realTimer } from '../support/timer.ts';

/** A machine that answers with whatever it likes, as one with a forced command can. */
const folder = mkdtempSync(path.join(tmpdir(), 'bench-hostile-'));
const script = path.join(folder, 'answer.sh');
let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({ forceCommand: `sh ${script}` });
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true });
});

const requests: CollectRequest[] = ['a', 'b'].map((name) => ({
  path: name,
  command: name,
  collector: 'test',
  maxBytes: 10_000,
}));

/** Lets the machine run these shell lines, in which `body` is a file of these bytes. */
async function asked(lines: string, body: Uint8Array = Buffer.alloc(0)): Promise<Collected | Failure> {
  writeFileSync(path.join(folder, 'body'), body);
  writeFileSync(script, `cd ${folder}\n${lines}\n`);
  const options = { timer: realTimer, reachWithinMs: ms(5000), collectWithinMs: ms(4000), totalBytes: 100_000 };
  try {
    return await collect(sshd.target, requests, options, new AbortController().signal);
  } catch (cause) {
    if (cause instanceof GuestFailure) return cause.failure;
    throw cause;
  }
}

const status = tarEntry({ path: 'status' }, '0 0\n1 0\n');
const archive = (...entries: Uint8Array[]) => Buffer.concat([...entries, status, TAR_END]);

describe('an archive that a machine made up', () => {
  test('passes when it keeps the rules, gzipped or not', async () => {
    for (const body of [honestAnswer('one', 'two'), gzipSync(honestAnswer('one', 'two'))]) {
      const collected = await asked('cat body', body);
      expect(collected).toMatchObject({
        artifacts: [
          { path: 'a', exitCode: 0 },
          { path: 'b', exitCode: 0 },
        ],
      });
    }
  });

  test.each([
    [
      'a path out of the folder',
      tarEntry({ path: '../0' }, 'x'),
      /it contains a File named "\.\.\/0", which was not requested/,
    ],
    [
      'an absolute path',
      tarEntry({ path: '/etc/passwd' }, 'x'),
      /it contains a File named "\/etc\/passwd", which was not requested/,
    ],
    [
      'a number nobody asked for',
      tarEntry({ path: '2' }, 'x'),
      /it contains a File named "2", which was not requested/,
    ],
    ['a number written otherwise', tarEntry({ path: '00' }, 'x'), /which was not requested/],
    [
      'a symbolic link',
      tarEntry({ path: '0', type: 'SymbolicLink', linkpath: '/etc/shadow' }),
      /a SymbolicLink named "0"/,
    ],
    ['a hard link', tarEntry({ path: '0', type: 'Link', linkpath: '/etc/shadow' }), /a Link named "0"/],
    ['a device', tarEntry({ path: '0', type: 'CharacterDevice' }), /a CharacterDevice named "0"/],
    ['a pipe', tarEntry({ path: '0', type: 'FIFO' }), /a FIFO named "0"/],
    ['a folder', tarEntry({ path: '0', type: 'Directory' }), /a Directory named "0"/],
    ['an unknown type', tarEntry({ path: '0', type: 'SparseFile' as 'File' }), /contains a/],
    [
      'the same file twice',
      Buffer.concat([tarEntry({ path: '0' }, 'x'), tarEntry({ path: '0' }, 'y')]),
      /named "0" twice/,
    ],
    [
      'a body shorter than its size',
      tarEntry({ path: '0', size: 9000 }, 'short'),
      /did not return the requested archive/,
    ],
    [
      'a body longer than its size',
      tarEntry({ path: '0', size: 5 }, 'x'.repeat(5000)),
      /did not return the requested archive/,
    ],
    ['terminal escapes in a name', tarEntry({ path: '\u001b[2Jgone' }, 'x'), /named "\[2Jgone"/],
  ])('with %s is refused', async (_what, entry, message) => {
    expect(await asked('cat body', archive(entry))).toMatchObject({
      stage: 'collect',
      code: 'collect-failed',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['a file over its cap', 'cat body', archive(tarEntry({ path: '0' }, 'x'.repeat(30_000)))],
    ['a size beyond all bounds', 'cat body', archive(tarEntry({ path: '0', size: 2 ** 52 }))],
    ['a gzip bomb', 'head -c 300000000 /dev/zero | gzip -1', undefined],
    ['files that are too much together', 'cat body; yes', archive(tarEntry({ path: '0' }, 'x'.repeat(20_480)))],
  ])('with %s is over the limit', async (_what, lines, body) => {
    const failure = await asked(lines, body);
    if (_what.startsWith('files'))
      expect(failure).toMatchObject({
        code: 'artifact-limit',
        message: expect.stringMatching(/more than 100000 bytes/),
      });
    else expect(failure).toMatchObject({ stage: 'collect', code: 'artifact-limit' });
  });

  test('with a million entries leads to a refusal at the second', async () => {
    const many = Buffer.concat(Array.from({ length: 2048 }, () => tarEntry({ path: '0' })));
    const before = process.memoryUsage().rss;
    const failure = await asked('i=0; while [ $i -lt 500 ]; do cat body || exit; i=$((i + 1)); done', many);
    expect(failure).toMatchObject({ code: 'collect-failed', message: expect.stringMatching(/twice/) });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});

describe('a machine that answers with something else', () => {
  test('appears as a quotation when it is text', async () => {
    const line = 'Please login as the user "azureuser" rather than the user "root".';
    expect(await asked(`echo '${line}'; sleep 0.2; exit 142`)).toMatchObject({
      code: 'collect-failed',
      message: `The collecting command ended with exit code 142: ${line}.`,
    });
    expect(await asked(`echo '${line}'`)).toMatchObject({
      code: 'collect-failed',
      message: expect.stringContaining(line),
    });
    expect(await asked('yes "Welcome to a chatty shell"')).toMatchObject({
      code: 'collect-failed',
      message: expect.stringMatching(/begins: Welcome to a chatty shell/),
    });
  });

  test('or with nothing, or without end, is a failure within the time limit', async () => {
    expect(await asked('exit 0')).toMatchObject({ code: 'collect-failed' });
    expect(await asked('cat body; kill -9 $$', honestAnswer('a', 'b'))).toMatchObject({
      code: 'collect-failed',
      message: expect.stringMatching(/no exit code/),
    });
    expect(await asked('exec sleep 8')).toMatchObject({ code: 'collect-timeout' });
  });

  test('cannot flood us with error messages', async () => {
    const collected = await asked('head -c 50000000 /dev/zero >&2; cat body', honestAnswer('a', 'b'));
    expect(collected).toMatchObject({ artifacts: [{ path: 'a' }, { path: 'b' }] });
  });

  test('cannot send terminal escapes through its error messages', async () => {
    expect(await asked(`printf '\\033[31mred\\033[0m\\a\\nsecond' >&2; exit 9`)).toMatchObject({
      message: 'The collecting command ended with exit code 9: [31mred [0m.',
    });
  });
});
