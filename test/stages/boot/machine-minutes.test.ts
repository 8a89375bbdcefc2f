import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/model/run.ts';
import { machineMinutes } from '../../../src/stages/boot/machine-minutes.ts';

const line = (minute: number, state: JournalEntry['state'], boot?: string): JournalEntry => ({
  schema: 'bench/journal@1',
  at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`,
  state,
  ...(boot && { boot }),
});

describe('the machine time of a run', () => {
  test('is the time of all its machines, failed ones included', () => {
    const journal = [
      line(0, 'run-started'),
      line(1, 'boot-starting', 'a'),
      line(2, 'boot-starting', 'b'),
      line(5, 'boot-over', 'a'),
      line(6, 'machine-destroyed', 'a'),
      line(7, 'boot-collected', 'a'),
      line(12, 'boot-failed', 'b'),
      line(20, 'run-ended'),
    ];
    expect(machineMinutes(journal)).toEqual({ machineMinutes: 15 });
  });

  test('counts a machine that a kill left until the run continues, and its new boot after that', () => {
    const journal = [
      line(0, 'run-started'),
      line(1, 'boot-starting', 'a'),
      line(31, 'run-started'),
      line(32, 'boot-starting', 'a'),
      line(36, 'machine-destroyed', 'a'),
    ];
    expect(machineMinutes(journal)).toEqual({ machineMinutes: 34 });
  });

  test('is nothing for a run that booted nothing', () => {
    expect(machineMinutes([])).toEqual({ machineMinutes: 0 });
  });
});
