/**
 * The boot that a mapping asks for, if a machine's journals report several. In every form that has boot ids, it takes the entries with that
 * id; in the others, the lines of journalctl below `-- Boot <id> --`. Lines keep their numbers. Artifacts other than journals belong to the
 * last boot: bench drops them if the mapping asks for another.
 */
import { JOURNAL_FORMS } from '../../collectors/journal-forms.ts';
import { linesOf } from '../../collectors/reading/lines.ts';
import type { ImportedArtifact } from './boots.ts';
import type { MachineBoot } from './machine-boots.ts';

export interface ChosenBoot {
  readonly boot: MachineBoot;
  readonly warnings: readonly string[];
}

/** Lines of one boot: from the first up to the next boot's. */
interface Stretch {
  readonly id: string;
  readonly from: number;
}

export function chosenBoot(boot: MachineBoot, wanted: readonly string[]): ChosenBoot {
  if (wanted.length === 0) return { boot, warnings: [] };
  const journals = [...boot.artifacts].filter(([raw]) => raw.startsWith('journal/'));
  const stretches = new Map(journals.map(([raw, { bytes }]) => [raw, stretchesOf(raw, bytes)] as const));
  const told = [...stretches.values()].flat();
  const id = wanted.find((each) => told.some((stretch) => stretch.id === each));
  if (id === undefined) return { boot, warnings: [notThere(boot, wanted, told)] };
  const isLast = [...stretches.values()].some((all) => all.at(-1)?.id === id);
  const artifacts = new Map<string, ImportedArtifact>();
  for (const [raw, artifact] of boot.artifacts) {
    const own = stretches.get(raw) ?? [];
    if (own.some((stretch) => stretch.id === id)) artifacts.set(raw, only(artifact, own, id));
    else if (isLast || raw.startsWith('machine/')) artifacts.set(raw, artifact);
  }
  const others = boot.artifacts.size - artifacts.size;
  const warning = `${boot.name || 'this machine'}: boot ${id} is not its last; ${others} files of another boot are skipped.`;
  return { boot: { ...boot, artifacts }, warnings: others === 0 ? [] : [warning] };
}

function notThere({ name }: MachineBoot, wanted: readonly string[], told: readonly Stretch[]): string {
  const ids = [...new Set(told.map(({ id }) => id).filter((id) => id !== ''))];
  const known = ids.length === 0 ? 'it has no boot id' : `it has ${ids.slice(-5).join(', ')}`;
  return `No journal of ${name || 'this machine'} has the boot ${wanted.join(' or ')} (${known}); its last boot is used instead.`;
}

/** `-- Reboot --` of older versions begins a boot without saying which. */
const SEPARATOR = /^[\s>#*|]{0,20}-- (?:Boot ([0-9a-f]{32})|Reboot) --/;

function stretchesOf(raw: string, bytes: Uint8Array): Stretch[] {
  const form = JOURNAL_FORMS.find(([path]) => path === raw);
  const found: Stretch[] = [];
  const add = (id: string, from: number) => {
    if (found.at(-1)?.id !== id) found.push({ id, from });
  };
  if (form !== undefined) {
    for (const [line, fields] of form[1](bytes)) {
      const id = fields?._BOOT_ID;
      if (typeof id === 'string') add(id, line);
    }
    return found;
  }
  for (const { text, number } of linesOf(bytes)) {
    const separator = text.includes('-- ') ? SEPARATOR.exec(text) : null;
    if (separator !== null) add(separator[1] ?? '', number);
  }
  return found;
}

function only(artifact: ImportedArtifact, stretches: readonly Stretch[], id: string): ImportedArtifact {
  const parts: string[] = [];
  let at = -1;
  for (const { text, number } of linesOf(artifact.bytes)) {
    while ((stretches[at + 1]?.from ?? Infinity) <= number) at += 1;
    parts.push(stretches[at]?.id === id ? text : '');
  }
  return { ...artifact, bytes: new TextEncoder().encode(`${parts.join('\n')}\n`) };
}
