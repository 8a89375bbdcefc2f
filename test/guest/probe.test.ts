import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type ProbeOptions, probe, sshMark } from '../../src/guest/probe.ts';
import type { BootEvent } from '../../src/model/timeline.ts';
import { ms } from '../../src/model/units.ts';
import { freePort, silentPort } from '../support/ports.ts';
import { realTimer } from '../support/timer.ts';

const evidence = { file: 'marks', line: 0 };
const never = new AbortController().signal;
const optionsNow = (): ProbeOptions => ({
  timer: realTimer,
  zeroMs: realTimer.nowMs(),
  evidence,
  intervalMs: ms(20),
  withinMs: ms(5000),
});

let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** A server that keeps what it accepted and what came in. */
function listen(port: number) {
  const accepted: { socket: Socket; bytes: number }[] = [];
  server = createServer((socket) => {
    const entry = { socket, bytes: 0 };
    accepted.push(entry);
    socket.on('data', (chunk) => {
      entry.bytes += chunk.length;
    });
    socket.on('error', () => undefined);
  }).listen(port, '127.0.0.1');
  return accepted;
}

describe('probing a port', () => {
  test('that opens later sees it refuse, then accept, each with the gap of the attempts as its error', async () => {
    const port = await freePort();
    const options = optionsNow();
    let openedMs = 0;
    setTimeout(() => {
      listen(port);
      openedMs = realTimer.nowMs();
    }, 300);
    const marks: BootEvent[] = [];
    for await (const mark of probe('127.0.0.1', port, options, never)) marks.push(mark);
    expect(marks.map(({ id }) => id)).toEqual(['outside.tcp-refused', 'outside.tcp-open']);
    const [refused, open] = marks;
    expect(refused).toMatchObject({ clock: 'controller', evidence });
    // The first answer does not say how long the state lasted before: its error goes back to zero.
    expect(refused?.errorUs).toBe(refused?.us);
    const openedUs = (openedMs - options.zeroMs) * 1000;
    expect(open?.us).toBeGreaterThan(openedUs);
    expect((open?.us ?? 0) - (open?.errorUs ?? 0)).toBeLessThan(openedUs);
    expect(open?.errorUs).toBeLessThan(200_000);
  });

  test('makes one connection and writes nothing into it', async () => {
    const port = await freePort();
    const accepted = listen(port);
    for await (const mark of probe('127.0.0.1', port, optionsNow(), never)) expect(mark.id).toBe('outside.tcp-open');
    await realTimer.sleep(ms(100), never);
    expect(accepted.map(({ bytes, socket }) => [bytes, socket.destroyed])).toEqual([[0, true]]);
  });

  test('that never opens ends in time, with the observed states', async () => {
    const port = await freePort();
    const startMs = realTimer.nowMs();
    const ids: string[] = [];
    for await (const { id } of probe('127.0.0.1', port, { ...optionsNow(), withinMs: ms(200) }, never)) ids.push(id);
    expect(ids).toEqual(['outside.tcp-refused']);
    expect(realTimer.nowMs() - startMs).toBeLessThan(1000);
  });

  test('that does not answer is silence, and an abort ends it at once', async () => {
    const silent = await silentPort();
    try {
      const ids: string[] = [];
      const stop = new AbortController();
      let abortedMs = Number.POSITIVE_INFINITY;
      setTimeout(() => {
        abortedMs = realTimer.nowMs();
        stop.abort(new Error('enough'));
      }, 1200);
      const all = async () => {
        for await (const { id } of probe('127.0.0.1', silent.port, optionsNow(), stop.signal)) ids.push(id);
      };
      await expect(all()).rejects.toThrow('enough');
      expect(realTimer.nowMs() - abortedMs).toBeLessThan(200);
      expect(ids).toEqual([]);
    } finally {
      silent.close();
    }
  });
});

test('the mark of the first login has the pause since the last failed attempt as its error', () => {
  const options = { zeroMs: ms(1000), evidence };
  expect(sshMark({ readyAtMs: ms(4000), failedAtMs: ms(3500) }, options)).toEqual({
    id: 'outside.ssh',
    clock: 'controller',
    us: 3_000_000,
    errorUs: 500_000,
    evidence,
  });
  expect(sshMark({ readyAtMs: ms(4000), failedAtMs: undefined }, options).errorUs).toBe(3_000_000);
});
