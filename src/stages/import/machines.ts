/**
 * Parsed files -> machines. A folder, archive or bundle is one machine, whatever folders it has inside and however many of its files quote
 * the same result, unless names say otherwise:
 *
 *   bundle/var/log/..., bundle/collect/...        one machine: folders that every machine has
 *   nodes/n1/time.txt, nodes/n2/time.txt          two: folders side by side with the same artifacts
 *   logs/node1-time.txt, logs/node2-time.txt      two: files side by side whose names differ in more than what they are
 *   case/systemd-analyze.txt, case/notes.txt      one: a second file of the same artifact is a second witness
 */

import { addTo } from '../../model/grouped.ts';
import type { GivenFile, ReadFile } from './reading.ts';

/** `name` is the folder, or the part of the file names, that tells this machine from others. */
export interface ImportedMachine {
  readonly name: string;
  readonly files: readonly ReadFile[];
}

/** Folders in which machines and their collectors keep files; the path before them is the machine's own folder. */
const INNER =
  /(?:^|\/)(?:raw(?=\/(?:systemd|journal|console|cloud-init|guest-agent|aks|clock|machine)\/)|var\/(?:log|lib|run)|run\/(?:cloud-init|systemd|log|waagent)|opt\/azure|etc|proc|sys|collect|sos_commands|sos_logs|systemd|journal|console|cloud-init|cloud_init|guest-agent|aks|clock|machine|events)(?:\/.*)?$/;

export function machinesAmong(files: readonly ReadFile[]): ImportedMachine[] {
  const found = files.filter(({ pieces }) => pieces.length > 0);
  const roots = new Map<string, ReadFile[]>();
  for (const file of found) {
    const root = rootOf(file.file.path);
    addTo(roots, root, file);
  }
  return below(treeOf(roots)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folder of a file's machine, found by the folders that every machine has. */
export function rootOf(path: string): string {
  const slash = path.lastIndexOf('/');
  const own = /^(?:(.*)\/)?raw\/(?:systemd|journal|console|cloud-init|guest-agent|aks|clock|machine)\//.exec(path);
  return own ? (own[1] ?? '') : path.slice(0, Math.max(slash, 0)).replace(INNER, '');
}

interface Folder {
  readonly path: string;
  readonly files: readonly ReadFile[];
  readonly children: readonly Folder[];
}

function treeOf(roots: ReadonlyMap<string, readonly ReadFile[]>): Folder {
  const paths = new Set(['']);
  for (const root of roots.keys())
    for (let at = root; at !== ''; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') paths.add(at);
  const children = new Map<string, string[]>();
  for (const path of paths) if (path !== '') addTo(children, parentOf(path), path);
  const build = (path: string): Folder => ({
    path,
    files: roots.get(path) ?? [],
    children: (children.get(path) ?? []).sort().map(build),
  });
  return build('');
}

const parentOf = (folder: string): string => (folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '');

/** Machines of a folder and all below it. */
function below(folder: Folder): ImportedMachine[] {
  const children = folder.children.map(below).filter((machines) => machines.length > 0);
  const own = folder.files.length > 0 ? heap(folder.path, folder.files) : [];
  const inside = children.flat();
  // Folders side by side are nodes if two of them report the same artifact, or one of them holds several already. Files given by separate
  // paths do not share a folder.
  const apart = folder.path === '' || own.length > 1;
  const nodes = apart || children.some((machines) => machines.length > 1) || anyAlike(inside);
  // Notes above the nodes quote an unknown one of them: they are no machine.
  if (nodes) return [...(inside.length > 0 ? own.filter(isMoreThanQuoted) : own), ...inside];
  const [first] = own;
  if (first === undefined && inside.length <= 1) return inside;
  const files = [...(first?.files ?? []), ...inside.flatMap((machine) => machine.files)];
  return files.length === 0 ? [] : [{ name: first?.name ?? folder.path, files }];
}

const isMoreThanQuoted = ({ files }: ImportedMachine): boolean =>
  files.some(({ pieces }) => pieces.some(({ trust }) => trust !== 'quoted'));

/** The artifacts that a file reports itself; its quotations are no sign of another machine. */
const kindsOf = ({ pieces }: ReadFile): string[] =>
  pieces.filter(({ trust }) => trust !== 'quoted').map(({ raw }) => raw.replace(/^(guest-agent\/events)\/.*$/, '$1'));

/** Two of them have the same artifact. */
function anyAlike(
  machines: readonly ImportedMachine[],
  kinds: (file: ReadFile) => readonly string[] = kindsOf,
): boolean {
  const seen = new Set<string>();
  for (const { files } of machines) {
    const own = new Set(files.flatMap(kinds));
    for (const kind of own) if (seen.has(kind)) return true;
    for (const kind of own) seen.add(kind);
  }
  return false;
}

/** Words that tell what a file is, but not whose. */
const ARTIFACT_WORDS =
  /(?:systemd|systemctl|journalctl|analy[sz]e|critical|chain|blame|time|plot|dump|show|status|cloud-?init|boot|kubelet|waagent|journal|dmesg|syslog|messages|kern(?:el)?|serial|console|diagnostics?|units?|manager|provision(?:ing)?|output|logs?|notes?|readme|result|report|summary|list|jobs|metrics|run-command|message|issue|comment)/gi;

/** The rest of a name without those words: whose file it is. */
const ownerOf = (stem: string): string =>
  stem
    .replace(ARTIFACT_WORDS, '')
    .replace(/^[-_. ]+|[-_. ]+$/g, '')
    .replace(/[-_. ]+/g, '-');

const stemOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.\w{1,8}$/, '');

/** Files of one folder: one machine, or several if their names tell them apart. */
function heap(root: string, files: readonly ReadFile[]): ImportedMachine[] {
  const at = (name: string) => (root === '' ? name : `${root}/${name}`);
  const groups = new Map<string, ReadFile[]>();
  for (const file of files) {
    const owner = root === rootOf(file.file.path) && isDirect(root, file) ? ownerOf(stemOf(file.file.path)) : '';
    addTo(groups, owner, file);
  }
  const named = [...groups].filter(([owner]) => owner !== '');
  const machines = named.map(
    ([owner, group]): ImportedMachine => ({
      name: at(group.length === 1 && group[0] ? stemOf(group[0].file.path) : owner),
      files: group,
    }),
  );
  const rest = groups.get('') ?? [];
  const all = rest.length === 0 ? machines : [...machines, { name: root, files: rest }];
  return all.length > 1 && anyAlike(all, kindsByName) ? all : [{ name: root, files }];
}

/** Names that agree on the artifact differ in the machine: a machine has several logs, and one `journal` of each name. */
const kindsByName = (file: ReadFile): string[] => {
  const words = (stemOf(file.file.path).match(ARTIFACT_WORDS) ?? []).join('-').toLowerCase();
  return kindsOf(file).map((kind) => `${kind.replace(/^(journal|console)\/.*$/, '$1')} ${words}`);
};

/** Whether the file lies in the folder itself, and not below it. */
const isDirect = (root: string, { file }: { readonly file: GivenFile }): boolean =>
  !file.path.slice(root === '' ? 0 : root.length + 1).includes('/');
