/** Sizes at which anything quadratic takes minutes. `npm run bench:growth` states the exponents. */
import { describe, expect, test } from 'vitest';
import { importBoots } from '../../src/stages/import/boots.ts';
import { slope } from './measure.ts';
import { places } from './places.ts';
import { readers } from './readers.ts';

/** Processor time, as other work on the machine is no matter. */
const WITHIN_S = 20;

const SIZES: Readonly<Record<string, number>> = {
  'systemctl show, a chain': 20_000,
  'systemctl show, all of one name': 20_000,
  'plot.json': 40_000,
  'journal of clocks that step, with stamped tasks': 20_000,
  kubelet: 40_000,
  'cloud-init status': 40_000,
  'CSE events within one another': 10_000,
  'import, machines in folders': 5_000,
  'import, a text: open braces': 80_000,
  'import, a text: summaries': 5_000,
};

test.each(Object.entries(SIZES))('%s: %i of them are read in seconds', async (name, n) => {
  const growth = [...readers, ...places].find((each) => each.name === name);
  const run = growth?.of(n);
  const before = process.cpuUsage();
  expect(await run?.()).toBeDefined();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(WITHIN_S);
});

describe('beyond a limit', () => {
  test('a file that lies too deep is left out by name', () => {
    const path = `${'a/'.repeat(5_000)}time.txt`;
    expect(importBoots([{ path, bytes: new Uint8Array(5) }]).leftOut).toEqual([
      { path, reason: 'it lies more than 60 folders deep' },
    ]);
  });

  test('a text of too many boots is left out with their number', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `Startup finished in 1.${i}s (kernel) + 2s (userspace) = 3s`);
    const { leftOut } = importBoots([{ path: 'notes.txt', bytes: new TextEncoder().encode(text.join('\n')) }]);
    expect(leftOut).toEqual([{ path: 'notes.txt', reason: expect.stringContaining('20000 boots') }]);
  });
});

describe('an exponent', () => {
  const times = (of: (n: number) => number) => [1, 2, 4, 8].map((n) => ({ n, ms: of(n) }));

  test('is that of the growth', () => {
    expect(slope(times((n) => 3 * n))).toBeCloseTo(1);
    expect(slope(times((n) => 3 * n * n))).toBeCloseTo(2);
  });
});
