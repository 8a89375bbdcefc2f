import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type CollectRequest, collectByScript } from '../../src/guest/collect.ts';
import { worldError } from '../../src/model/errors.ts';
import type { RunScript } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { realTimer as timer } from '../support/timer.ts';

/** A guest agent runs a script as root and sends its text: here the shell of this computer does it. */
const agent: RunScript = (script) =>
  new Promise((resolve, reject) => {
    execFile('sh', ['-c', script], { maxBuffer: 2 ** 26 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });

const never = new AbortController().signal;
const request = (path: string, command: string, maxBytes = 1_000_000): CollectRequest => ({
  path,
  command,
  maxBytes,
  collector: 'test',
});
const read = (run: RunScript, ...requests: CollectRequest[]) => collectByScript(run, requests, { timer }, never);
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe('a machine that only runs scripts', () => {
  test('gives the same artifacts as by SSH, byte for byte, with their exit codes', async () => {
    const { artifacts, warnings } = await read(
      agent,
      request('a.txt', "printf 'it'\\''s\\0binary\\377'"),
      request('b.txt', 'echo lost; exit 3'),
      request('big', 'head -c 3000000 /dev/urandom', 2_000_000),
    );
    expect(Buffer.from(artifacts[0]?.bytes ?? []).toString('latin1')).toBe("it's\0binary\u00ff");
    expect(artifacts.map(({ exitCode, truncated }) => [exitCode, truncated])).toMatchObject([
      [0, false],
      [3, false],
      [expect.anything(), true],
    ]);
    expect(artifacts[2]?.bytes).toHaveLength(2_000_000);
    expect(warnings).toMatchObject([
      { message: expect.stringContaining('raw/b.txt') },
      { message: expect.any(String) },
    ]);
  });

  test('ends a command that hangs, by its own clock, and continues with the others', async () => {
    const { artifacts } = await collectByScript(
      agent,
      [request('hangs', 'sleep 100'), request('after', 'echo after')],
      { timer, commandWithinMs: ms(2000) },
      never,
    );
    expect(artifacts.map(({ exitCode, bytes }) => [exitCode, text(bytes)])).toEqual([
      [null, ''],
      [0, 'after\n'],
    ]);
  });

  test('waits until it is ready for the end of its boot, and reports when it misses its time limit', async () => {
    const options = { timer, waitForBootMs: ms(2000) };
    const ready = (readyCommand: string) =>
      collectByScript(agent, [request('a', 'echo a')], { ...options, readyCommand }, never);
    expect((await ready('true')).ready).toBe(true);
    expect((await ready('sleep 100')).ready).toBe(false);
  });

  test.each<[string, RunScript, RegExp]>([
    ['is cut short', async (...args) => (await agent(...args)).slice(0, -40), /is incomplete/],
    ['is no archive', async () => 'bm9uc2Vuc2U=\nend of the archive\n', /did not return the requested archive/],
    ['does not come', () => Promise.reject(worldError('The agent is deaf.', 'Wake it.')), /The agent is deaf/],
  ])('whose text %s is a failure to collect', async (_, run, message) => {
    await expect(read(run, request('a', 'echo a'))).rejects.toMatchObject({
      failure: { stage: 'collect', code: 'collect-failed', message: expect.stringMatching(message) },
    });
  });
});
