/** Answers that were once wrong, each checked through the real command line, with its exit code. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Comparison } from '../../src/model/comparison.ts';
import { PlanOutput } from '../../src/model/json-output.ts';
import { runFolder } from '../../src/store/run-folder.ts';
import { bench as runBench } from '../support/bench.ts';
import { bootedRun } from '../support/booted-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'bench-answer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) => runBench(args);

type Fate = (variant: string, block: number) => { readonly us?: number; readonly failure?: string };

function write(fate: Fate, metrics: object[] = [{ id: 'boot.target', gate: true }]): void {
  const boots = [1, 2, 3, 4, 5, 6].flatMap((block) =>
    ['before', 'after'].map((variant) => {
      const { us, failure } = fate(variant, block);
      const value = us === undefined ? { missing: 'the boot failed' } : { us };
      const outcome = failure === undefined ? 'booted' : 'failed';
      return {
        id: `${block}-${variant}`,
        variant,
        block,
        outcome,
        failure,
        values: { 'boot.target': value, other: value },
      };
    }),
  );
  const samples = {
    schema: 'bench/samples@1',
    scenario: 's',
    baseline: 'before',
    candidates: ['after'],
    metrics,
    boots,
  };
  writeFileSync(path.join(folder, 'samples.json'), JSON.stringify(samples));
}

const asJson = async (...args: string[]): Promise<Comparison> =>
  JSON.parse((await bench('compare', folder, '--json', ...args)).stdout);

const PANIC = { failure: 'boot: kernel panic' };
const BOOTED = (block: number) => ({ us: 20_000_000 + 10_000 * block });

describe('where nothing booted', () => {
  test.each([
    ['either side', () => PANIC],
    ['the candidate', (variant: string, block: number) => (variant === 'after' ? PANIC : BOOTED(block))],
    ['the baseline', (variant: string, block: number) => (variant === 'before' ? PANIC : BOOTED(block))],
  ] as const)('on %s it is exit 3, said first, without an estimate or a number of blocks', async (_, fate) => {
    write(fate);
    const shown = await bench('compare', folder);
    expect(shown.status).toBe(3);
    expect(shown.stdout.split('\n').slice(0, 2).join('\n')).toMatch(
      /NOTHING TO COMPARE.*\n✖ Nothing to compare: all \d+ boots of/,
    );
    expect(shown.stdout).not.toMatch(/needed for a verdict|as fast as|\d % (slower|faster)/);
    const { result, metrics } = await asJson();
    expect(result).toBe('nothing-booted');
    expect(metrics[0]).toMatchObject({ ratio: null, differenceUs: { estimate: null } });
    expect(metrics[0]?.needs ?? null).toBeNull();
    expect((await bench('export', folder, '--format', 'junit')).stdout).toMatch(
      /errors="1"[\s\S]*<error message="Nothing to compare/,
    );
  });

  test('merge writes and reports the result, and does not succeed', async () => {
    const shards = [1, 2].map((index) => path.join(folder, `shard-${index}`));
    for (const [i, shard] of shards.entries()) {
      await bootedRun(runFolder(shard), { index: i + 1, count: 2 }, i);
      for (const id of readdirSync(path.join(shard, 'boots')).filter((name) => name.endsWith('-after'))) {
        const file = path.join(shard, 'boots', id, 'outcome.json');
        const outcome = JSON.parse(readFileSync(file, 'utf8'));
        writeFileSync(
          file,
          JSON.stringify({
            ...outcome,
            outcome: 'failed',
            failure: { stage: 'boot', code: 'panic', message: 'kernel panic', hint: 'See the console.' },
          }),
        );
      }
    }
    const whole = path.join(folder, 'whole');
    const { status, stderr } = await bench('merge', ...shards, '--out', whole);
    expect(stderr).toMatch(/^bench: Nothing to compare: all 6 boots of after failed/);
    expect(status).toBe(3);
    expect(readFileSync(path.join(whole, 'comment.md'), 'utf8')).toMatch(/nothing to compare/i);
  });

  test('--require-verdict changes nothing about it', async () => {
    write(() => PANIC);
    expect((await bench('compare', folder, '--require-verdict')).status).toBe(3);
  });
});

test('bench reports first that most boots failed, with the test of that', async () => {
  write((variant, block) => (variant === 'after' && block > 1 ? PANIC : BOOTED(block)));
  const { status, stdout } = await bench('compare', folder);
  expect(status).toBe(1);
  expect(stdout.replaceAll('\n', ' ')).toMatch(
    /^✖ BROKEN, GATE FAILS {2}s ✖ Most boots failed: before 0 of 6, after 5 of 6 \(Fisher p 0\.015\)\. Most frequent reason \(5\): boot: kernel panic/,
  );
});

test('bench does not call a metric without a margin equivalent while a gate fails for a smaller change', async () => {
  const gate = { id: 'boot.target', gate: true, minimumEffect: 0.01, equivalenceMargin: 0.01, floorUs: 0 };
  write(
    (variant, block) => ({ us: variant === 'after' ? 20_400_000 + block : 20_000_000 + 2 * block }),
    [gate, { id: 'other' }, { id: 'boot.kernel' }],
  );
  const { metrics } = await asJson();
  expect(metrics.map((row) => [row.metric, row.verdict, row.gateResult, row.margins.equivalenceMargin])).toEqual([
    ['boot.target', 'slower', 'fails', 0.01],
    ['other', 'slower', undefined, 0.01],
    ['boot.kernel', 'inconclusive', undefined, 0.01],
  ]);
});

test('duplicates of the same boots count once', async () => {
  write((variant, block) => ({ us: (variant === 'after' ? 20_300_000 : 20_000_000) + 100_000 * (block % 3) }));
  const once = await asJson();
  const file = path.join(folder, 'samples.json');
  const samples = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...samples, boots: [...samples.boots, ...samples.boots] }));
  const { warnings, ...twice } = await asJson();
  expect({ ...twice, warnings: [] }).toEqual({ ...once, warnings: [] });
  expect(warnings.map(({ code }) => code)).toContain('same-boot-twice');
});

test('the power of a run with two gates is plausible for the effect that the run found', async () => {
  const gates = ['boot.target', 'other'].map((id) => ({ id, gate: true }));
  write((variant, block) => ({ us: (variant === 'after' ? 17_000_000 : 20_000_000) + 50_000 * (block % 4) }), gates);
  for (const { verdict, pAdjusted, size, power } of (await asJson()).metrics) {
    expect([verdict, pAdjusted, size]).toEqual(['faster', 2 / 2 ** 6, 6]);
    expect(power?.points.find(({ blocks }) => blocks === size)?.power).toBeGreaterThan(0.5);
  }
});

test('a plan of two gates gives six blocks the same power as the verdict does', async () => {
  const of = async (...more: string[]) => {
    const { stdout, status } = await bench(
      'plan',
      '--scenario',
      'local-deferral',
      '--effect',
      '10%',
      '--json',
      ...more,
    );
    expect(status).toBe(0);
    return PlanOutput.parse(JSON.parse(stdout)).power?.[0];
  };
  expect(await of('--sigma', '1%')).toMatchObject({ blocks: 6, powerOfBlocks: 1, plan: { blocks: 6 } });
  // At six blocks, the other gate hides a change in one gate alone, and the output reports that.
  expect((await of('--sigma', '1%'))?.alone).toMatchObject({ gates: 2, powerOfBlocks: 0, plan: { blocks: 7 } });
});
