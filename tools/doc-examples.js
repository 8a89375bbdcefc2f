// Writes docs/examples: boots with known true effects, for docs/verdict.md. One seed, so the same files every time.
//   node tools/doc-examples.js
import { mkdirSync, writeFileSync } from 'node:fs';

const BASE_US = 20_000_000;

/** `effect`: how much slower the candidate truly is. `noise`: spread of single boots. `drift`: how the host slows over the run. */
const EXAMPLES = {
  'few-boots': { seed: 3, blocks: 6, effect: 0.08, noise: 0.03, drift: 0.1 },
  'enough-boots': { seed: 3, blocks: 20, effect: 0.08, noise: 0.03, drift: 0.1 },
  'no-change': { seed: 5, blocks: 20, effect: 0, noise: 0.02, drift: 0.1 },
  'small-change': { seed: 7, blocks: 20, effect: 0.02, noise: 0.006, drift: 0.1, margin: 0.01 },
  'in-a-row': { seed: 5, blocks: 20, effect: 0, noise: 0.02, drift: 0.1, inARow: true },
  'control-moved': { seed: 3, blocks: 20, effect: 0.08, noise: 0.03, drift: 0.1, kernelEffect: 0.05 },
};

for (const [name, example] of Object.entries(EXAMPLES)) {
  mkdirSync(`docs/examples/${name}`, { recursive: true });
  writeFileSync(`docs/examples/${name}/samples.json`, `${JSON.stringify(samplesOf(name, example), null, 1)}\n`);
}

function samplesOf(name, { seed, blocks, effect, noise, drift, margin = 0.05, inARow = false, kernelEffect = 0 }) {
  const random = normal(seed);
  const boots = [];
  for (const [at, variant] of order(blocks, inARow).entries()) {
    const slowed = variant === 'after' ? 1 + effect : 1;
    const host = 1 + drift * (at / (2 * blocks));
    const us = BASE_US * slowed * host * Math.exp(noise * random());
    const kernelUs = 1_500_000 * (variant === 'after' ? 1 + kernelEffect : 1) * Math.exp(0.004 * random());
    const block = inARow ? null : Math.floor(at / 2) + 1;
    boots.push({
      id: `${String(at + 1).padStart(4, '0')}-${variant}`,
      variant,
      block,
      machine: `m${at + 1}`,
      bootKind: 'first',
      outcome: 'booted',
      broken: [],
      values: {
        'boot.target': { us: Math.round(us), errorUs: 0 },
        'boot.kernel': { us: Math.round(kernelUs), errorUs: 0 },
      },
    });
  }
  const shares = { minimumEffect: 0.05, equivalenceMargin: margin };
  const metric = (id, role) => ({ id, unit: 'us', ...role, ...shares });
  return {
    schema: 'bench/samples@1',
    scenario: name,
    baseline: 'before',
    candidates: ['after'],
    metrics: [metric('boot.target', { gate: true }), metric('boot.kernel', { gate: false, control: true })],
    boots,
  };
}

/** In blocks the variants alternate; in a row, all of one come first. */
function order(blocks, inARow) {
  const sides = ['before', 'after'];
  if (inARow) return sides.flatMap((side) => new Array(blocks).fill(side));
  return Array.from({ length: blocks }, (_, block) => (block % 2 === 0 ? sides : sides.toReversed())).flat();
}

/** Normal deviates from a small generator (mulberry32, Box-Muller). */
function normal(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
