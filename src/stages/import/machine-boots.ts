/**
 * A machine's files -> its boots, each with one artifact of a kind. If two files are the same artifact, bench reads the better one. The
 * machine's own by its name comes before one that reports it, both before a quotation, then the one with more lines. Bench names the other
 * as a second witness.
 */
import type { ImportedArtifact, ImportedBoot } from './boots.ts';
import type { ImportedMachine } from './machines.ts';
import type { GivenFile, Piece } from './reading.ts';

export interface MachineBoot extends Pick<ImportedBoot, 'artifacts' | 'witnesses'> {
  readonly name: string;
  /** The files that hold it. */
  readonly paths: readonly string[];
}

/** A text that reports several boots makes as many; the machine wrote its other files after the last of them. */
export function bootsOf({ name, files }: ImportedMachine): MachineBoot[] {
  const count = files.reduce((most, { boots }) => Math.max(most, boots), 1);
  const found: { readonly piece: Piece; readonly file: GivenFile }[][] = Array.from({ length: count }, () => []);
  for (const { boots, pieces, file } of files)
    for (const piece of pieces)
      if (boots > 1 || piece.boot === 0) found[boots > 1 ? piece.boot : count - 1]?.push({ piece, file });
  return found.map((ofBoot, index) => {
    const { artifacts, witnesses } = chosen(ofBoot.map(({ piece }) => piece));
    return {
      name: count === 1 ? name : `${name}#${index + 1}`,
      artifacts,
      witnesses,
      paths: ofBoot.map(({ file }) => file.path),
    };
  });
}

const TRUST = { named: 2, said: 1, quoted: 0 } as const;

function chosen(pieces: readonly Piece[]): Pick<MachineBoot, 'artifacts' | 'witnesses'> {
  const artifacts = new Map<string, ImportedArtifact>();
  const witnesses: { from: string; raw: string; instead: string }[] = [];
  const best = [...pieces].sort(
    (a, b) => TRUST[b.trust] - TRUST[a.trust] || b.lines - a.lines || (a.from < b.from ? -1 : 1),
  );
  for (const { raw, bytes, from } of best) {
    const taken = artifacts.get(raw);
    if (taken === undefined) artifacts.set(raw, { bytes, from });
    else witnesses.push({ from, raw, instead: taken.from });
  }
  return { artifacts: new Map([...artifacts].sort(([a], [b]) => (a < b ? -1 : 1))), witnesses };
}
