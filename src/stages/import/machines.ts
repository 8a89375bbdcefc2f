/**
 * Recognised files -> machines. Files of one folder are of one machine, unless two of them would be the same artifact: then
 * the folder is a heap, and what the names have in common before or after the artifact's own words tells the machines apart
 * (`node1-time.txt`, `node1-blame.txt`, `node2-time.txt`).
 */
import type { Recognised } from './recognise.ts';

export interface GivenFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface PlacedFile extends Recognised {
  readonly file: GivenFile;
}

/** `name` is the folder, or the part of the file names, that tells this machine from others. */
export interface ImportedMachine {
  readonly name: string;
  readonly files: ReadonlyMap<string, GivenFile>;
}

export function machinesOf(placed: readonly PlacedFile[]): ImportedMachine[] {
  const roots = new Map<string, PlacedFile[]>();
  for (const file of placed) roots.set(file.root, [...(roots.get(file.root) ?? []), file]);
  for (const root of [...roots.keys()].sort((a, b) => b.length - a.length)) joinParent(roots, root);
  return [...roots]
    .flatMap(([root, files]) => (collide(files) ? heap(root, files) : [machine(root, files)]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A subfolder without a twin goes with the machine above it (`node1/logs/kubelet.log` with `node1/waagent.log`). */
function joinParent(roots: Map<string, PlacedFile[]>, root: string): void {
  const files = roots.get(root) ?? [];
  for (let above = parentOf(root); above !== undefined; above = parentOf(above)) {
    const others = roots.get(above);
    if (others === undefined) continue;
    const siblings = [...roots.keys()].filter((other) => other !== root && other.startsWith(`${above}/`));
    if (siblings.length > 0 || collide([...others, ...files])) return;
    roots.set(above, [...others, ...files]);
    roots.delete(root);
    return;
  }
}

function parentOf(folder: string): string | undefined {
  if (folder === '') return undefined;
  const slash = folder.lastIndexOf('/');
  return slash === -1 ? '' : folder.slice(0, slash);
}

function collide(files: readonly PlacedFile[]): boolean {
  const raw = files.flatMap((file) => file.raw);
  return new Set(raw).size < raw.length;
}

const machine = (name: string, files: readonly PlacedFile[]): ImportedMachine => ({
  name,
  files: new Map(files.flatMap(({ raw, file }) => raw.map((path): [string, GivenFile] => [path, file]))),
});

/** Words that say what a file is, and not whose. */
const ARTIFACT_WORDS =
  /(?:systemd|systemctl|analyze|critical|chain|blame|time|show|cloud-?init|dump|boot|kubelet|waagent|journal|units|manager|provision|output|log)/gi;

function heap(root: string, files: readonly PlacedFile[]): ImportedMachine[] {
  const groups = new Map<string, PlacedFile[]>();
  for (const file of files) {
    const name = stemOf(file.file.path);
    const key = name
      .replace(ARTIFACT_WORDS, '')
      .replace(/^[-_. ]+|[-_. ]+$/g, '')
      .replace(/[-_. ]+/g, '-');
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups].flatMap(([key, group]) => {
    const at = (name: string) => (root === '' ? name : `${root}/${name}`);
    // A running number at the end (`time-01`, `blame-01`) counts texts, it names no machine. Where nothing tells files apart
    // but that they are different files, each is a machine.
    const counted = /^\d*$/.test(key) && !group.every(({ file }) => /^\d/.test(stemOf(file.path)));
    if (counted || collide(group)) return group.map((file) => machine(at(stemOf(file.file.path)), [file]));
    return [machine(at(group.length === 1 && group[0] ? stemOf(group[0].file.path) : key), group)];
  });
}

const stemOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.\w{1,8}$/, '');
