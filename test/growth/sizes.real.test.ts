/** Sizes at which anything quadratic takes minutes. `npm run bench:growth` states the exponents. */
import { describe, expect, test } from 'vitest';
import { collectorsFor, SIGNS } from '../../src/collectors/index.ts';
import { importBoots } from '../../src/stages/import/boots.ts';
import { slope } from './measure.ts';
import { SCENARIO } from './readers.ts';
import { rows } from './rows.ts';

/** Processor time, which other work on the machine does not affect. */
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
  'journal, verbose': 40_000,
  'the trend, many metrics': 150,
};

test.each(Object.entries(SIZES))('%s: bench reads %i of them in seconds', async (name, n) => {
  const growth = rows.find((each) => each.name === name);
  const run = growth?.of(n);
  const before = process.cpuUsage();
  expect(await run?.()).toBeDefined();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(WITHIN_S);
});

describe('every reader', () => {
  const files = rows.flatMap(({ reads }) => reads ?? []);

  // Only the expectation that needs the links of units reads them.
  test.each([...new Set(files)].filter((file) => file !== 'systemd/unit-links.txt'))(
    'asks for what grows: %s',
    (file) => {
      const asked = new Set<string>();
      class Asked extends Map<string, Uint8Array> {
        override get(path: string) {
          asked.add(path);
          return super.get(path);
        }
      }
      const raw = new Asked([file, 'nobody/asks.txt'].map((each) => [each, new TextEncoder().encode('x\n')]));
      for (const collector of collectorsFor(SCENARIO)) collector.parse(raw);
      expect(asked).toContain(file);
      expect(asked).not.toContain('nobody/asks.txt');
    },
  );

  test('has a row', () => {
    const wanted = SIGNS.map(({ raw }) => (typeof raw === 'string' ? raw : raw('x')));
    const one = (file: string) => file.replace(/^(console|journal)\/.*\.txt$/, '$1/x.txt');
    const measured = [...files.map(one), 'systemd/manager.show', 'guest-agent/events/x.json'];
    expect(wanted.filter((file) => !measured.includes(one(file)))).toEqual([]);
  });
});

describe('beyond a limit', () => {
  test('an import names and skips a file in too many nested folders', () => {
    const path = `${'a/'.repeat(5_000)}time.txt`;
    expect(importBoots([{ path, bytes: new Uint8Array(5) }]).leftOut).toEqual([
      { path, reason: 'it is more than 60 folders deep' },
    ]);
  });

  test('an import skips a text of too many boots and reports their number', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `Startup finished in 1.${i}s (kernel) + 2s (userspace) = 3s`);
    const { leftOut } = importBoots([{ path: 'notes.txt', bytes: new TextEncoder().encode(text.join('\n')) }]);
    expect(leftOut).toEqual([{ path: 'notes.txt', reason: expect.stringContaining('20000 boots') }]);
  });
});

describe('an exponent', () => {
  const times = (of: (n: number) => number) => [1, 2, 4, 8].map((n) => ({ n, ms: of(n) }));

  test('equals that of the growth', () => {
    expect(slope(times((n) => 3 * n))).toBeCloseTo(1);
    expect(slope(times((n) => 3 * n * n))).toBeCloseTo(2);
  });
});
