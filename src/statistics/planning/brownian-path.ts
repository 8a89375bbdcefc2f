/**
 * The path of a run with several looks: a Brownian motion on [0, 1] that has not yet crossed a boundary. Recursive integration
 * (Armitage, McPherson and Rowe 1969) carries it from look to look. It ends at `drift` on average, which is 0 if nothing changed.
 */
import { normalDensity, normalTail } from '../numbers/normal.ts';

/** Density of the path's position on [-reach, reach], on an even grid, Simpson weights included. */
export interface Path {
  readonly positions: Float64Array;
  readonly masses: Float64Array;
}

/** Steps across the region: boundaries are accurate to 1e-6. */
const STEPS = 400;

/** Beyond this many standard deviations the mass is negligible. */
const FAR = 9;

/** The path at its first look, at information `share`, inside +-boundary. */
export function firstPath(boundary: number, share: number, drift = 0): Path {
  const deviation = Math.sqrt(share);
  const reach = Math.min(boundary, FAR * deviation + Math.abs(drift) * share);
  return grid(reach, (s) => normalDensity((s - drift * share) / deviation) / deviation);
}

/** The path `step` of information later, inside the next boundary. */
export function advance(path: Path, boundary: number, step: number, drift = 0): Path {
  const deviation = Math.sqrt(step);
  const reach = Math.min(boundary, (path.positions.at(-1) ?? 0) + FAR * deviation + Math.abs(drift) * step);
  return grid(reach, (s) => total(path, (from) => normalDensity((s - from - drift * step) / deviation)) / deviation);
}

/** Chance that the path lies above the boundary `step` later. */
export const crossingChance = (path: Path, boundary: number, step: number, drift = 0): number =>
  total(path, (from) => normalTail((boundary - from - drift * step) / Math.sqrt(step)));

function grid(reach: number, density: (position: number) => number): Path {
  const positions = new Float64Array(STEPS + 1);
  const masses = new Float64Array(STEPS + 1);
  const width = (2 * reach) / STEPS;
  for (let i = 0; i <= STEPS; i++) {
    const weight = i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2;
    positions[i] = -reach + i * width;
    masses[i] = (weight * width * density(positions[i] as number)) / 3;
  }
  return { positions, masses };
}

function total({ positions, masses }: Path, value: (position: number) => number): number {
  let sum = 0;
  for (let i = 0; i < positions.length; i++) sum += (masses[i] as number) * value(positions[i] as number);
  return sum;
}
