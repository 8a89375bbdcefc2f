/**
 * Files that others gathered -> boots that every later command takes. A pure function of paths and bytes: opening folders and archives, and
 * writing the run folder, is the caller's part. It drops no file in silence: it lists files that it did not recognise, and machines without
 * a variant.
 *
 *   files -> reading (what is in it?) -> machines (whose is it?) -> boots (which of them?) -> mapping (which variant?)
 */
import { GATHERED } from '../../metrics/measure.ts';
import { BootIdentity, type Outcome } from '../../model/boot.ts';
import { distinct } from './boot-identity.ts';
import { chosenBoot } from './chosen-boot.ts';
import { bootsOf, type MachineBoot } from './machine-boots.ts';
import { machinesAmong } from './machines.ts';
import { type ImportMapping, saidMachines, variantOf } from './mapping.ts';
import { type GivenFile, readFile } from './reading.ts';
import { withoutOlderParts } from './rotated.ts';

/** One artifact of a boot: its bytes, and the file, or part of one, that holds them. */
export interface ImportedArtifact {
  /** Released after writing: all of a bundle is hundreds of megabytes. */
  bytes: Uint8Array;
  readonly from: string;
}

export interface ImportedBoot {
  readonly outcome: Outcome;
  /** By path under `raw/`. */
  readonly artifacts: ReadonlyMap<string, ImportedArtifact>;
  /** Files that report the same as an artifact of the boot, in a poorer form. */
  readonly witnesses: readonly { readonly from: string; readonly raw: string; readonly instead: string }[];
}

export interface Imported {
  readonly name: string;
  /** In order; the first is the baseline. */
  readonly variants: readonly string[];
  readonly boots: readonly ImportedBoot[];
  /** Files in no boot, with the reason. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  /** Gates from the mapping, in the form of a scenario. */
  readonly gates?: Readonly<Record<string, unknown>>;
}

/** Files beside the artifacts that bench wrote or that nothing reads: no need to mention them. */
const NO_ARTIFACT = /(?:^|\/)(?:raw\/index\.json|outcome\.json|record\.json|\.[^/]+|__MACOSX\/.*)$/;

/** No user keeps files deeper; a name in an archive may have thousands of folders. */
const DEEPEST = 60;
const TOO_DEEP = `it is more than ${DEEPEST} folders deep`;
const isTooDeep = (path: string): boolean => path.split('/').length > DEEPEST;

export function importBoots(given: readonly GivenFile[], mapping?: ImportMapping): Imported {
  const offered = given.filter(({ path }) => !NO_ARTIFACT.test(path));
  const files = withoutOlderParts(offered.filter(({ path }) => !isTooDeep(path)).map(readFile));
  const tooDeep = offered.filter(({ path }) => isTooDeep(path)).map(({ path }) => ({ path, reason: TOO_DEEP }));
  const unread = files.flatMap(({ file, reason }) => (reason === undefined ? [] : [{ path: file.path, reason }]));
  const leftOut = [...tooDeep, ...unread];
  const said = saidMachines(files, mapping);
  const among = [...said.machines, ...machinesAmong(said.rest)];
  const taken = new Set(among.flatMap((machine) => machine.files));
  for (const file of said.rest)
    if (file.pieces.length > 0 && !taken.has(file))
      leftOut.push({
        path: file.file.path,
        reason: 'it belongs to one of the machines below it, but does not say which',
      });
  const found = among.flatMap(bootsOf);
  const chosen = found.map((boot) => chosenBoot(boot, [mapping?.bootId ?? []].flat()));
  const { boots: machines, warnings: repeated } = distinct(chosen.map(({ boot }) => boot));
  const { assigned, warnings } = assign(machines, mapping);
  const variants = variantsOf(assigned, mapping);
  for (const machine of machines) {
    if (assigned.has(machine)) continue;
    for (const path of new Set(machine.paths))
      leftOut.push({ path, reason: `no variant of the mapping matches ${machine.name || 'this folder'}` });
  }
  const bootKind = mapping?.boot ?? 'first';
  const ordered = variants.flatMap((variant) =>
    machines.filter((machine) => assigned.get(machine) === variant).map((machine) => ({ machine, variant })),
  );
  const boots = ordered.map(({ machine, variant }, index): ImportedBoot => {
    const id = `${String(index + 1).padStart(4, '0')}-${variant}`;
    const boot = BootIdentity.parse({ id, variant, block: null, machine: machine.name || id, bootKind });
    return {
      outcome: outcomeOf(boot, [...machine.artifacts.keys()]),
      artifacts: machine.artifacts,
      witnesses: machine.witnesses,
    };
  });
  const gates = mapping?.gates;
  return {
    name: mapping?.name ?? 'imported',
    variants,
    boots,
    leftOut,
    warnings: [...chosen.flatMap(({ warnings: said }) => said), ...repeated, ...warnings],
    ...(gates && { gates }),
  };
}

/** Event files are many; naming their folder is enough. */
const MOST_NAMED = 100;

const outcomeOf = (boot: BootIdentity, artifacts: readonly string[]): Outcome => ({
  schema: 'bench/outcome@1',
  boot,
  outcome: 'booted',
  machine: { imported: true, [GATHERED]: artifacts.slice(0, MOST_NAMED).join(' ') },
  marks: [],
  harness: {},
  warnings: [],
});

/** The scenario of an imported run, in the form that `run.json` holds: a question without machines to boot. */
export const importedScenario = ({ name, variants, gates }: Pick<Imported, 'name' | 'variants' | 'gates'>) => ({
  name,
  provider: { kind: 'import' },
  variants: Object.fromEntries(variants.map((variant) => [variant, {}])),
  ...(gates && { gates }),
});

const ONLY = 'imported';

function assign(machines: readonly MachineBoot[], mapping: ImportMapping | undefined) {
  const assigned = new Map<MachineBoot, string>();
  for (const machine of machines) {
    const variant = variantOf(machine.name, mapping);
    if (variant !== undefined) assigned.set(machine, variant);
  }
  const warnings: string[] = [];
  if (mapping?.variants === undefined && assigned.size < machines.length) {
    const unknown = machines.filter((machine) => !assigned.has(machine));
    const names = unknown.slice(0, 3).map(({ name }) => `"${name}"`);
    if (machines.length > 1) {
      warnings.push(
        `The variant of ${unknown.length} of ${machines.length} machines is unknown (${names.join(', ')}${unknown.length > 3 ? ', ...' : ''}); ` +
          `they are put into variant "${ONLY}". Assign them with a mapping file: variants: {before: ["old-*"], after: ["new-*"]}.`,
      );
    }
    for (const machine of unknown) assigned.set(machine, ONLY);
  }
  return { assigned, warnings };
}

/** In the mapping's order; without one, `before` and `after` first and the rest last. */
function variantsOf(assigned: ReadonlyMap<MachineBoot, string>, mapping: ImportMapping | undefined): string[] {
  const present = new Set(assigned.values());
  const known = mapping?.variants ? Object.keys(mapping.variants) : ['before', 'after', ONLY];
  return known.filter((variant) => present.has(variant));
}
