import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { progress } from '../../src/cli/progress/progress.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import type { BootIdentity } from '../../src/model/boot.ts';
import { ms } from '../../src/model/units.ts';
import type { RunStart } from '../../src/stages/boot/watcher.ts';

/** The output on stderr during two blocks of two boots, one of which fails. */

const boot = (id: string, variant: string, block: number): BootIdentity => ({
  id,
  variant,
  block,
  machine: `m-${id}`,
  bootKind: 'first',
});

const BLOCKS = [1, 2].map((block) => ({
  block,
  seed: block,
  boots: [boot(`${block}-before`, 'before', block), boot(`${block}-after`, 'after', block)],
}));

function watched(isTTY: boolean) {
  let written = '';
  let nowMs = 0;
  const stderr = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        written += String(chunk);
        done();
      },
    }),
    { isTTY, columns: 100, rows: 40 },
  );
  const timer = { nowMs: () => ms(nowMs), sleep: async () => {} };
  // Only the parts that progress reads: this stand-in lacks the rest of a process.
  const world = { stderr, timer, environment: {} } as unknown as CliWorld;
  return {
    display: progress(world),
    pass: (seconds: number) => {
      nowMs += seconds * 1000;
    },
    text: () => written.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, ''),
  };
}

const FAILURE = { stage: 'boot', code: 'panic', message: 'kernel \u001b[31mpanic', hint: '' } as const;

const START = {
  folder: '/runs/1',
  blocks: BLOCKS,
  facts: { provider: 'qemu', accelerator: 'tcg' },
  settled: [],
  secondsPerBoot: 90,
  usdPerHour: undefined,
};

function play({ display, pass }: ReturnType<typeof watched>, start: RunStart = START): void {
  display.started(start);
  const [first, second] = BLOCKS.flatMap(({ boots }) => boots);
  if (!first || !second) throw new Error('no boots');
  display.changed(first, 'booting');
  display.changed(second, 'booting');
  pass(60);
  display.changed(first, 'booted');
  display.changed(second, 'failed', FAILURE);
}

describe('progress', () => {
  test('is one plain line per boot without a terminal, with blocks, failures and the time left', () => {
    const log = watched(false);
    play(log);
    log.display.end();
    expect(log.text()).toBe(
      [
        '0:00  booting 4 machines in 2 blocks (qemu, tcg)',
        '1:00  1-before booted — 0 of 2 blocks, 1 of 4 boots, about 3:00 left',
        '1:00  1-after failed (boot, panic): kernel \\u001b[31mpanic — 1 of 2 blocks, 2 of 4 boots, 1 failed, about 1:00 left',
        '1:00  2 boots, 1 failed; 60.0 s of real time per boot',
        '',
      ].join('\n'),
    );
  });

  test('shows the remaining cost where machines have a price: by the plan, then by the finished boots', () => {
    const log = watched(false);
    // 90 s at 40 an hour are 1.00 USD; the two finished boots took 60 s, so the estimate for the others is 60 s too.
    play(log, { ...START, facts: { provider: 'azure' }, usdPerHour: 40 });
    log.display.end();
    expect(log.text()).toBe(
      [
        '0:00  booting 4 machines in 2 blocks (azure), about 4.00 USD at 40 an hour',
        '1:00  1-before booted — 0 of 2 blocks, 1 of 4 boots, about 3:00 and 1.33 USD left',
        '1:00  1-after failed (boot, panic): kernel \\u001b[31mpanic — 1 of 2 blocks, 2 of 4 boots, 1 failed, about 1:00 and 1.33 USD left',
        '1:00  2 boots, 1 failed; 60.0 s of real time per boot, about 1.33 USD at list price',
        '',
      ].join('\n'),
    );
  });

  test('of a resumed run counts the earlier boots, and estimates the time from the others alone', () => {
    const log = watched(false);
    log.display.started({ ...START, settled: ['1-before', '1-after', '2-before'], usdPerHour: 40 });
    const last = BLOCKS[1]?.boots[1];
    if (!last) throw new Error('no boots');
    log.display.changed(last, 'booting');
    log.pass(90);
    log.display.changed(last, 'booted');
    expect(log.text()).toBe(
      [
        '0:00  booting 1 of 4 machines in 2 blocks (qemu, tcg), about 1.00 USD at 40 an hour',
        '1:30  2-after booted — 2 of 2 blocks, 4 of 4 boots',
        '',
      ].join('\n'),
    );
  });

  test('is a view of machines in flight, their stage and the first failures on a terminal', () => {
    const screen = watched(true);
    play(screen);
    const [next] = BLOCKS[1]?.boots ?? [];
    if (next) screen.display.changed(next, 'collecting');
    screen.display.end();
    // Progress redraws only what changes.
    for (const line of [
      '0:00  0 of 2 blocks, 0 of 4 boots\n    1-before  booting 0:00\n    1-after  booting 0:00\n',
      '1:00  1 of 2 blocks, 2 of 4 boots, 1 failed, about 1:00 left\n',
      '    2-before  collecting 0:00\n',
      '    ! 1-after failed (boot, panic): kernel \\u001b[31mpanic\n',
    ])
      expect(screen.text()).toContain(line);
  });
});
