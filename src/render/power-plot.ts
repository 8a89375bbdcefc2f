/**
 * A power curve as text: blocks from left to right, the chance to find the effect from bottom to top.
 *
 *     100 % ┤            ▄▆████
 *      50 % ┤       ▃▆█████████
 *           ┤   ▁▄█████████████
 *           └──────────────────
 *            2        blocks  20
 */
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ROWS = 5;

export function powerPlot(curve: readonly { readonly blocks: number; readonly power: number }[]): string[] {
  const first = curve[0];
  const last = curve.at(-1);
  if (!first || !last) return [];
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const below = (ROWS - 1 - index) / ROWS;
    const cells = curve.map(
      ({ power }) => EIGHTHS[Math.max(0, Math.min(8, Math.round((power - below) * ROWS * 8)))] ?? ' ',
    );
    const label = index === 0 ? '100 %' : index === ROWS - 1 ? '0 %' : '';
    return `  ${label.padStart(5)} ┤${cells.join('')}`;
  });
  const ends = `${String(first.blocks).padEnd(Math.max(1, curve.length - String(last.blocks).length))}${last.blocks}`;
  return [...rows, `        └${'─'.repeat(curve.length)}`, `         ${ends} blocks`];
}
