/** A fake machine that has only a port: silent during creation, refusing during boot, open once it is up. */
import { createServer, type Server } from 'node:net';
import { probe } from '../../src/guest/probe.ts';
import type { RunContext, Timer } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import type { Door, MachineOrder, Power } from './power.ts';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDoYpGtd1FJ0sVzyEtwhCYs9sDNHMyKXEqjqbDyPb3Ta root@fake';

/**
 * Addresses of the loopback that no other process of this computer uses, and from which no outgoing connection starts. So a
 * port there stays free from the creation of a machine until it listens.
 */
let given = 0;
function ownAddress(): string {
  given += 1;
  const number = (process.pid * 1000 + given) % 250 ** 3;
  return ['127', Math.floor(number / 250 ** 2) + 2, Math.floor(number / 250) % 250, (number % 250) + 2].join('.');
}

const PORT = 2222;

/** Machines that open their port `bootMs` after power-on. */
export function fakePower(bootMs: (order: MachineOrder) => number, opened: (name: string) => void = () => {}): Power {
  return async (order) => {
    const door = { host: ownAddress(), port: PORT };
    let server: Server | undefined;
    const timer = setTimeout(() => {
      server = createServer((socket) => socket.destroy()).listen(door, () => opened(order.name));
    }, bootMs(order));
    return {
      door,
      console: () =>
        `[    0.000000] Hyper-V: Host Build 10.0.26100.1448-1-0\n-----BEGIN SSH HOST KEY KEYS-----\n${HOST_KEY}\n-----END SSH HOST KEY KEYS-----\n`,
      stop: () => {
        clearTimeout(timer);
        server?.close();
      },
    };
  };
}

/** Probes the stand-in of an address, which is silent until the machine powers on. */
export function standInProbe(
  doorOf: (address: string) => Door | undefined,
  timer: Timer,
): NonNullable<RunContext['probe']> {
  return async function* (address, _port, { zeroMs, withinMs }, signal) {
    const endMs = timer.nowMs() + withinMs;
    let door = doorOf(address);
    for (; door === undefined && timer.nowMs() < endMs; door = doorOf(address)) await timer.sleep(ms(250), signal);
    if (door === undefined) return;
    const evidence = { file: 'outcome.json', line: 0 };
    yield* probe(door.host, door.port, { zeroMs, evidence, timer, withinMs: ms(endMs - timer.nowMs()) }, signal);
  };
}
