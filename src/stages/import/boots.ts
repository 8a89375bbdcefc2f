/**
 * Files that somebody else gathered -> boots that every later command takes. A pure function of paths and bytes: opening
 * folders and archives, and writing the run folder, is the caller's part. No file is dropped in silence: what was not
 * recognised is listed, and so is a machine that no variant was found for.
 *
 *   files -> recognise (what is it?) -> machines (whose is it?) -> mapping (which variant?) -> boots without blocks
 */
import { BootIdentity, type Outcome } from '../../model/boot.ts';
import { type GivenFile, type ImportedMachine, machinesOf, type PlacedFile } from './machines.ts';
import { type ImportMapping, variantOf } from './mapping.ts';
import { recognise } from './recognise.ts';

interface ImportedBoot {
  readonly outcome: Outcome;
  /** By path under `raw/`: the bytes, and the file that they are from. */
  readonly artifacts: ReadonlyMap<string, GivenFile>;
}

export interface Imported {
  readonly name: string;
  /** In order; the first is the baseline. */
  readonly variants: readonly string[];
  readonly boots: readonly ImportedBoot[];
  /** Files that are in no boot, with the reason. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly warnings: readonly string[];
}

/** Files beside the artifacts that are ours or nobody's: they need no mention. */
const NO_ARTIFACT = /(?:^|\/)(?:raw\/index\.json|outcome\.json|record\.json|\.[^/]+|__MACOSX\/.*)$/;

export function importBoots(files: readonly GivenFile[], mapping?: ImportMapping): Imported {
  const placed: PlacedFile[] = [];
  const leftOut: { path: string; reason: string }[] = [];
  for (const file of files) {
    if (NO_ARTIFACT.test(file.path)) continue;
    const recognised = recognise(file.path, file.bytes);
    if (recognised) placed.push({ ...recognised, file });
    else leftOut.push({ path: file.path, reason: whyNot(file) });
  }
  const machines = machinesOf(placed);
  const { assigned, warnings } = assign(machines, mapping);
  const variants = variantsOf(assigned, mapping);
  for (const machine of machines) {
    if (assigned.has(machine)) continue;
    for (const file of new Set(machine.files.values())) {
      leftOut.push({ path: file.path, reason: `no variant of the mapping takes ${machine.name || 'this folder'}` });
    }
  }
  const bootKind = mapping?.boot ?? 'first';
  const ordered = variants.flatMap((variant) =>
    machines.filter((machine) => assigned.get(machine) === variant).map((machine) => ({ machine, variant })),
  );
  const boots = ordered.map(({ machine, variant }, index): ImportedBoot => {
    const id = `${String(index + 1).padStart(4, '0')}-${variant}`;
    const boot = BootIdentity.parse({ id, variant, block: null, machine: machine.name || id, bootKind });
    return { outcome: outcomeOf(boot), artifacts: machine.files };
  });
  return { name: mapping?.name ?? 'imported', variants, boots, leftOut, warnings };
}

const outcomeOf = (boot: BootIdentity): Outcome => ({
  schema: 'bench/outcome@1',
  boot,
  outcome: 'booted',
  machine: { imported: true },
  marks: [],
  harness: {},
  warnings: [],
});

/** The scenario of an imported run, as `run.json` holds it: a question without machines to boot. */
export const importedScenario = ({ name, variants }: Pick<Imported, 'name' | 'variants'>) => ({
  name,
  provider: { kind: 'import' },
  variants: Object.fromEntries(variants.map((variant) => [variant, {}])),
});

function whyNot({ path, bytes }: GivenFile): string {
  if (bytes.length === 0) return 'empty';
  if (/\.(?:gz|xz|zst|bz2)$/i.test(path)) return 'compressed: unpack it first';
  if (bytes.subarray(0, 8192).includes(0)) return 'not a text';
  return 'neither its name nor its content is that of an artifact';
}

const ONLY = 'imported';

function assign(machines: readonly ImportedMachine[], mapping: ImportMapping | undefined) {
  const assigned = new Map<ImportedMachine, string>();
  for (const machine of machines) {
    const variant = variantOf(machine.name, mapping);
    if (variant !== undefined) assigned.set(machine, variant);
  }
  const warnings: string[] = [];
  if (mapping === undefined && assigned.size < machines.length) {
    const unknown = machines.filter((machine) => !assigned.has(machine));
    const names = unknown.slice(0, 3).map(({ name }) => `"${name}"`);
    if (machines.length > 1) {
      warnings.push(
        `Nothing says which variant ${unknown.length} of ${machines.length} machines are of (${names.join(', ')}${unknown.length > 3 ? ', ...' : ''}); ` +
          `they are variant "${ONLY}". A mapping file puts them right: variants: {before: ["old-*"], after: ["new-*"]}.`,
      );
    }
    for (const machine of unknown) assigned.set(machine, ONLY);
  }
  return { assigned, warnings };
}

/** In the mapping's order; `before` and `after` by their words; the rest last. */
function variantsOf(assigned: ReadonlyMap<ImportedMachine, string>, mapping: ImportMapping | undefined): string[] {
  const present = new Set(assigned.values());
  const known = mapping ? Object.keys(mapping.variants) : ['before', 'after', ONLY];
  return known.filter((variant) => present.has(variant));
}
