/**
 * Which machine belongs to which variant. A small file maps them:
 *
 *   name: kubelet-first            # of the question; optional
 *   boot: first                    # or reboot
 *   bootId: 1111...                # of a journal of several boots the one to read, or a list for several machines; the last by default
 *   machines:                      # these files are one machine, whatever their names say
 *     node7: ["notes/7-*", "logs/seven"]
 *   gates:                         # as in a scenario
 *     boot.target: {minimumEffect: 5%}
 *   variants:                      # the first is the baseline; patterns match folders and files, `*` is anything
 *     before: ["nodes/old-*"]
 *     after: ["nodes/new-*", "extra/node7"]
 *
 * Without variants, a word in the path does (`before`, `after`, ...); machines that nothing tells apart are one variant.
 */

import picomatch from 'picomatch';
import * as z from 'zod';
import { BOOT_KINDS } from '../../model/boot.ts';
import { usageError } from '../../model/errors.ts';
import { type Path, parseYaml, printPosition } from '../../store/yaml-tree.ts';

import type { ImportedMachine } from './machines.ts';
import type { ReadFile } from './reading.ts';

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, at most 40');

const bootId = z.string().regex(/^[0-9a-f]{32}$/, '32 hexadecimal digits, as journalctl --list-boots prints them');

export const ImportMapping = z.strictObject({
  name: slug.optional(),
  boot: z.enum(BOOT_KINDS).default('first'),
  bootId: z.union([bootId, z.array(bootId).min(1)]).optional(),
  machines: z.record(z.string().min(1).max(80), z.array(z.string().min(1)).min(1)).optional(),
  gates: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).optional(),
  variants: z
    .record(slug, z.array(z.string().min(1)).min(1))
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 5, '1 to 5 variants')
    .optional(),
});
export type ImportMapping = z.output<typeof ImportMapping>;

export function parseMapping(text: string, file: string): ImportMapping {
  const tree = parseYaml(text, file);
  const parsed = ImportMapping.safeParse(tree.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = (issue?.path ?? []).filter((step) => typeof step !== 'symbol') as Path;
  throw usageError(
    `${printPosition(tree.position(at))}: ${issue?.message ?? 'not a mapping of variants'}`,
    'A mapping has gates, machines or variants, each of these with a list of folders or files, e.g. variants: {before: ["old-*"]}.',
  );
}

/** Words for the baseline and for the candidate, as people name their folders. */
const WORDS: readonly (readonly [variant: string, word: RegExp])[] = [
  ['before', /(?:^|[^a-z])(?:before|baseline|base|old|control)(?:[^a-z]|$)/i],
  ['after', /(?:^|[^a-z])(?:after|candidate|new|treatment)(?:[^a-z]|$)/i],
];

/** The variant of a machine; undefined if its path does not tell. */
export function variantOf(machine: string, mapping: ImportMapping | undefined): string | undefined {
  if (mapping?.variants) {
    return Object.entries(mapping.variants).find(([, patterns]) =>
      patterns.some((each) => matches(each, machine)),
    )?.[0];
  }
  const words = WORDS.filter(([, word]) => word.test(machine));
  return words.length === 1 ? words[0]?.[0] : undefined;
}

/**
 * A pattern matches a path, a folder above it, or the last part of it. `*` is any text, including slashes, as people who name folders
 * expect; `?`, `[...]` and `{a,b}` work as in a shell.
 */
export function matches(pattern: string, path: string): boolean {
  const parts = path.split('/');
  const fits = picomatch(pattern.replace(/^\.\//, '').replace(/\/+$/, ''), { bash: true, dot: true });
  return parts.some((_, index) => fits(parts.slice(0, index + 1).join('/'))) || fits(parts.at(-1) ?? '');
}

/** Machines that the mapping combines, and the files that it does not mention. */
export function saidMachines(
  files: readonly ReadFile[],
  mapping: ImportMapping | undefined,
): { machines: ImportedMachine[]; rest: ReadFile[] } {
  const taken = new Map<ReadFile, string>();
  for (const [name, patterns] of Object.entries(mapping?.machines ?? {}))
    for (const file of files)
      if (!taken.has(file) && patterns.some((pattern) => matches(pattern, file.file.path))) taken.set(file, name);
  const machines = Object.keys(mapping?.machines ?? {}).flatMap((name) => {
    const own = files.filter((file) => taken.get(file) === name && file.pieces.length > 0);
    return own.length === 0 ? [] : [{ name, files: own }];
  });
  return { machines, rest: files.filter((file) => !taken.has(file)) };
}
