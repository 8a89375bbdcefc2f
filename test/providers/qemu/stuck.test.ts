import { expect, test } from 'vitest';
import { BootFailure } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import {
  firstProcessor,
  type ProcessorState,
  stuckDetector,
  untilNotStuck,
} from '../../../src/providers/qemu/stuck.ts';

const LOOP: ProcessorState = { address: 0xf45_ab28, isHalted: false, isUser: false };
const KERNEL = { ...LOOP, address: 0xffff_ffff_8120_1000 };
const SECOND = 1000;

/** The second at which the detector reports "stuck", if it does; one state per second, all of it processor time. */
function stuckAt(states: readonly (ProcessorState | undefined)[], afterMs = 5 * SECOND): number | undefined {
  const isStuck = stuckDetector(ms(afterMs));
  const at = states.findIndex((state, second) => isStuck(state, ms(second * SECOND)));
  return at === -1 ? undefined : at;
}

const times = <T>(count: number, value: T): T[] => Array(count).fill(value);

test('a processor that stays in one loop before its kernel is stuck once it has used its time', () => {
  expect(stuckAt(times(30, LOOP))).toBe(5);
});

test('a loop that calls a nearby function, with interrupts now and then, is one loop', () => {
  const turn = [LOOP, { ...LOOP, address: LOOP.address + 300 }, { ...LOOP, address: 0x80_0000 }];
  expect(stuckAt([...turn, ...turn, ...turn, ...turn])).toBe(6);
});

test('a machine without processor time on a busy computer is not stuck, however long it takes', () => {
  const isStuck = stuckDetector(ms(5 * SECOND));
  expect(times(10_000, LOOP).some((state) => isStuck(state, ms(40)))).toBe(false);
});

test.each([
  ['waits for an interrupt, as firmware at its menu does', { ...LOOP, isHalted: true }],
  ['runs a kernel', KERNEL],
  ['runs a program', { ...LOOP, address: 0x40_1000, isUser: true }],
  ['tells nothing of itself', undefined],
])('a processor that %s is not stuck', (_, state) => {
  expect(stuckAt(times(60, state))).toBeUndefined();
});

test('firmware that does one thing after the other is not stuck, and its time begins again with each', () => {
  const work = (address: number) => times(4, { ...LOOP, address });
  expect(stuckAt([0x1000, 0x10_0000, 0x20_0000, 0x30_0000].flatMap(work))).toBeUndefined();
  expect(stuckAt([...work(0x1000), ...times(3, KERNEL), ...times(3, LOOP)])).toBeUndefined();
});

// `info registers` of QEMU 7.2.22: OVMF 2022.11 at its 64-bit work and in PEI, and a processor in HLT; the last is handmade.
test.each([
  [
    'RIP=000000000f45ab28 RFL=00000016 [----AP-] CPL=0 II=0 A20=1 SMM=0 HLT=0\nES =0030 0000000000000000 ffffffff 00cf9300',
    LOOP,
  ],
  [
    'EIP=0febc3bd EFL=00000006 [-----P-] CPL=0 II=0 A20=1 SMM=0 HLT=0',
    { address: 0xfeb_c3bd, isHalted: false, isUser: false },
  ],
  [
    'EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1',
    { address: 0xfff0, isHalted: true, isUser: false },
  ],
  [
    'RIP=00007f1c2a3b4c5d RFL=00000246 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0',
    { address: 0x7f1c2a3b4c5d, isHalted: false, isUser: true },
  ],
])('bench reads the state of a processor in every mode', (text, state) => {
  expect(firstProcessor(text)).toEqual(state);
});

test('text without a processor state gives none', () => {
  for (const text of ['', 'undefined', 'unknown command: info registers', 'RIP=zz CPL=0'])
    expect(firstProcessor(text)).toBeUndefined();
});

const failure = (code: string) =>
  new BootFailure({ stage: 'boot', code, message: code, hint: '' }, { facts: {}, marks: [], console: '' });

/** Starts that fail with these codes in turn, and then one that comes up: the number of starts, and the result. */
async function startsOf(cpus: number, ...codes: readonly string[]) {
  let said = 0;
  const end = await untilNotStuck(
    cpus,
    () => {
      said += 1;
    },
    async (starts) => {
      const code = codes[starts - 1];
      if (code !== undefined) throw failure(code);
      return starts;
    },
  ).catch((cause: BootFailure) => cause.failure.code);
  return { end, said };
}

test('bench restarts a stuck machine with several processors, three times at most', async () => {
  const stuck = 'stuck-before-kernel';
  expect(await startsOf(2)).toEqual({ end: 1, said: 0 });
  expect(await startsOf(2, stuck)).toEqual({ end: 2, said: 1 });
  expect(await startsOf(2, stuck, stuck)).toEqual({ end: 3, said: 2 });
  expect(await startsOf(2, stuck, stuck, stuck)).toEqual({ end: stuck, said: 2 });
  expect(await startsOf(2, stuck, 'panic')).toEqual({ end: 'panic', said: 1 });
});

test('bench does not restart a machine with one processor, or one that failed in another way', async () => {
  expect(await startsOf(1, 'stuck-before-kernel')).toEqual({ end: 'stuck-before-kernel', said: 0 });
  expect(await startsOf(2, 'panic')).toEqual({ end: 'panic', said: 0 });
});
