/**
 * Flattens nested spans: each instant of an interval belongs to the innermost span that covers it, the one that started last.
 * So lengths add up, unlike those of nested steps.
 *
 *   ensureKubelet    |-----------------------|
 *   installKubelet      |------|                        tiles: between | eK | iK | eK | between
 */
import { type Us, us } from '../model/units.ts';
export interface Covering {
  readonly item: string;
  readonly startUs: Us;
  readonly endUs: Us;
}

export interface Tile {
  /** Undefined if no span covers the tile. */
  readonly item: string | undefined;
  readonly fromUs: Us;
  readonly toUs: Us;
}

/** Tiles of [fromUs, toUs] in order of time, without gaps; two neighbours never have the same item. */
export function tilesOf(spans: readonly Covering[], fromUs: Us, toUs: Us): Tile[] {
  const inside = spans
    .map(({ item, startUs, endUs }) => ({
      item,
      startUs: us(Math.max(startUs, fromUs)),
      endUs: us(Math.min(endUs, toUs)),
      from: startUs,
    }))
    .filter(({ startUs, endUs }) => startUs < endUs)
    // Of two spans that start together the longer is the outer one.
    .sort((a, b) => a.startUs - b.startUs || a.from - b.from || b.endUs - a.endUs || (a.item < b.item ? -1 : 1));
  const boundaries = [...new Set([fromUs, toUs, ...inside.flatMap(({ startUs, endUs }) => [startUs, endUs])])];
  boundaries.sort((a, b) => a - b);
  const tiles: Tile[] = [];
  // A stack with the last start on top; the loop removes an ended span once it is on top.
  const open: { readonly item: string; readonly endUs: Us }[] = [];
  let next = 0;
  for (const [index, atUs] of boundaries.entries()) {
    const untilUs = boundaries[index + 1];
    if (untilUs === undefined) break;
    for (let span = inside[next]; span !== undefined && span.startUs <= atUs; span = inside[++next]) open.push(span);
    while ((open.at(-1)?.endUs ?? Infinity) <= atUs) open.pop();
    append(tiles, { item: open.at(-1)?.item, fromUs: atUs, toUs: untilUs });
  }
  return tiles;
}

function append(tiles: Tile[], tile: Tile): void {
  const last = tiles.at(-1);
  if (last === undefined || last.item !== tile.item) tiles.push(tile);
  else tiles[tiles.length - 1] = { ...last, toUs: tile.toUs };
}
