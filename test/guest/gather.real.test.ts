import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatherOptions, type GatherRequest, gather } from '../../src/guest/gather.ts';
import { ms } from '../../src/model/units.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { realTimer } from '../support/timer.ts';

const options: GatherOptions = { timer: realTimer, reachWithinMs: ms(5000), collectWithinMs: ms(20_000) };
const never = new AbortController().signal;

const request = (path: string, command: string, maxBytes = 1_000_000): GatherRequest => ({
  path,
  command,
  maxBytes,
  collector: 'test',
});

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

describe('a machine with a real sshd', () => {
  test('answers all requests in one round trip, with their exit codes', async () => {
    const requests = [
      request('a.txt', 'echo hello'),
      request('deep/er/b.txt', "printf 'it'\\''s\\0binary'; exit 3"),
      request('c.txt', 'syntax error ) ('),
      request('d.txt', 'no-such-command-here'),
    ];
    const gathered = await gather(sshd.target, requests, options, never);
    expect(gathered.artifacts.map(({ path, exitCode, bytes }) => [path, exitCode, text(bytes)])).toEqual([
      ['a.txt', 0, 'hello\n'],
      ['deep/er/b.txt', 3, "it's\0binary"],
      ['c.txt', 2, ''],
      ['d.txt', 127, ''],
    ]);
  });
});
