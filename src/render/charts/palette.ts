/** How variants look: the baseline hollow and grey, candidates filled, each with a colour, a shape and its own dash. */
const SHAPES = ['circle', 'diamond', 'triangle-up', 'square', 'cross'] as const;
export const DASHES = [
  [4, 3],
  [1, 0],
  [7, 2, 1, 2],
  [2, 2],
  [9, 3],
] as const;

export const colorOf = (index: number): string => `var(--v${index % 5})`;

/** Scales for a Vega-Lite encoding by variant. `field` holds the variant's name. */
export function variantScales(variants: readonly string[]) {
  const domain = [...variants];
  return {
    color: { domain, range: variants.map((_, index) => colorOf(index)) },
    fill: { domain, range: variants.map((_, index) => (index === 0 ? 'var(--paper)' : colorOf(index))) },
    shape: { domain, range: variants.map((_, index) => SHAPES[index % SHAPES.length]) },
    dash: { domain, range: variants.map((_, index) => DASHES[index % DASHES.length]) },
  };
}
