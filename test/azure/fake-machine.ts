/** A machine that is nothing but a port: silent while it is made, refusing while it boots, open when it is up. */
import { createServer, type Server } from 'node:net';
import { probe } from '../../src/guest/probe.ts';
import type { RunContext, Timer } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { freePort } from '../support/ports.ts';
import type { MachineOrder, Power } from './power.ts';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDoYpGtd1FJ0sVzyEtwhCYs9sDNHMyKXEqjqbDyPb3Ta root@fake';

/** Machines that open their port so long after they were switched on. */
export function fakePower(bootMs: (order: MachineOrder) => number, opened: (name: string) => void = () => {}): Power {
  const given = new Set<number>();
  return async (order) => {
    // A free port is free again until its machine listens: no two machines may have the same.
    let port = await freePort();
    while (given.has(port)) port = await freePort();
    given.add(port);
    let server: Server | undefined;
    const timer = setTimeout(() => {
      server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1', () => opened(order.name));
    }, bootMs(order));
    return {
      port,
      console: () =>
        `[    0.000000] Hyper-V: Host Build 10.0.26100.1448-1-0\n-----BEGIN SSH HOST KEY KEYS-----\n${HOST_KEY}\n-----END SSH HOST KEY KEYS-----\n`,
      stop: () => {
        clearTimeout(timer);
        server?.close();
      },
    };
  };
}

/** Probes the stand-in of an address, which is silent until the machine is switched on. */
export function standInProbe(
  portOf: (address: string) => number | undefined,
  timer: Timer,
): NonNullable<RunContext['probe']> {
  return async function* (address, _port, { zeroMs, withinMs }, signal) {
    const endMs = timer.nowMs() + withinMs;
    let port = portOf(address);
    for (; port === undefined && timer.nowMs() < endMs; port = portOf(address)) await timer.sleep(ms(250), signal);
    if (port === undefined) return;
    const evidence = { file: 'outcome.json', line: 0 };
    yield* probe('127.0.0.1', port, { zeroMs, evidence, timer, withinMs: ms(endMs - timer.nowMs()) }, signal);
  };
}
