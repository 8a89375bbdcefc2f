/** The folder of one run: the only place that knows the names of its files. */
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type ArtifactEntry, type ArtifactIndex, BootRecord, Outcome } from '../model/boot.ts';
import type { Comparison } from '../model/comparison.ts';
import { usageError } from '../model/errors.ts';
import type { KeptMachine } from '../model/provider.ts';
import { type JournalEntry, Run } from '../model/run.ts';
import { Samples } from '../model/samples.ts';
import { exists, readJson, readJsonLoosely, sha256, writeFileWhole, writeJson } from './files.ts';
import { type Journal, openJournal, readJournal } from './journal.ts';

export interface StoredArtifact {
  readonly path: string;
  readonly collector: string;
  readonly command: string;
  readonly exitCode: number | null;
  readonly truncated: boolean;
  readonly bytes: Uint8Array;
}

/** Of the keys in samples.json that nobody knows, which may be many. */
const UNKNOWN_KEYS_NAMED = 5;

export type RunFolder = ReturnType<typeof runFolder>;

export function runFolder(folder: string) {
  const at = (...names: string[]) => path.join(folder, ...names);
  const boot = (id: string, ...names: string[]) => at('boots', id, ...names);
  return {
    folder,
    file: {
      run: at('run.json'),
      journal: at('journal.jsonl'),
      samples: at('samples.json'),
      comparison: at('comparison.json'),
      report: at('report.html'),
      comment: at('comment.md'),
      summary: at('summary.md'),
      kept: at('machines.txt'),
    },

    readRun: () => readJson(at('run.json'), Run),
    /** Keys in the order of the schema, whoever writes it. */
    writeRun: (run: Run) => writeJson(at('run.json'), Run.parse(run)),
    hasRun: () => exists(at('run.json')),

    openJournal: (now: () => string): Promise<Journal> => openJournal(at('journal.jsonl'), now),
    readJournal: () => readJournal(at('journal.jsonl')),
    writeJournal: (entries: readonly JournalEntry[]) =>
      writeFileWhole(at('journal.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),

    async readSamples(): Promise<Samples> {
      const { value, unknownKeys } = await readJsonLoosely(at('samples.json'), Samples);
      if (unknownKeys.length === 0) return value;
      const named = unknownKeys.slice(0, UNKNOWN_KEYS_NAMED).join(', ');
      const more = unknownKeys.length > UNKNOWN_KEYS_NAMED ? ' and others' : '';
      return { ...value, warnings: [...value.warnings, `samples.json has keys that were ignored: ${named}${more}.`] };
    },
    hasSamples: () => exists(at('samples.json')),
    writeSamples: (samples: Samples) => writeJson(at('samples.json'), samples),

    writeComparison: (comparison: Comparison) => writeJson(at('comparison.json'), comparison),

    writePage: (name: 'report' | 'comment' | 'summary', text: string) =>
      writeFileWhole(at({ report: 'report.html', comment: 'comment.md', summary: 'summary.md' }[name]), text),

    /** The machines that were left running, by their last boot: a command that reaches each, then how to end them. */
    async writeKept(machines: ReadonlyMap<string, KeptMachine>): Promise<void> {
      const reach = [...machines].sort().map(([id, machine]) => `${id}  ${machine.reach}\n`);
      const end = [...new Set([...machines.values()].map((machine) => machine.end))];
      await writeFileWhole(at('machines.txt'), [...reach, ...end.map((command) => `end them: ${command}\n`)].join(''));
    },

    bootFolder: (id: string) => boot(id),
    /** Boots that have an outcome, in order. */
    async boots(): Promise<string[]> {
      const names = await readdir(at('boots')).catch(() => [] as string[]);
      const settled = await Promise.all(names.map((name) => exists(boot(name, 'outcome.json'))));
      return names.filter((_, index) => settled[index]).sort();
    },
    async readOutcomes(): Promise<Outcome[]> {
      return Promise.all((await this.boots()).map((id) => readJson(boot(id, 'outcome.json'), Outcome)));
    },
    readOutcome: (id: string) => readJson(boot(id, 'outcome.json'), Outcome),
    /** The last file of a boot to be written: a boot without it never came to an end. */
    writeOutcome: (id: string, outcome: Outcome) => writeJson(boot(id, 'outcome.json'), outcome),
    readRecord: (id: string) => readJson(boot(id, 'record.json'), BootRecord),
    hasRecord: (id: string) => exists(boot(id, 'record.json')),
    writeRecord: (id: string, record: BootRecord) => writeJson(boot(id, 'record.json'), record),
    /** Removes what an interrupted boot left, so that it can be booted again. */
    clearBoot: (id: string) => rm(boot(id), { recursive: true, force: true }),
    /** Takes over a boot from another run folder, byte for byte, in place of what is there. */
    async adoptBoot(id: string, from: { bootFolder(id: string): string }): Promise<void> {
      await rm(boot(id), { recursive: true, force: true });
      await cp(from.bootFolder(id), boot(id), { recursive: true });
    },

    async writeRaw(id: string, artifacts: readonly StoredArtifact[]): Promise<void> {
      const entries: ArtifactEntry[] = [];
      for (const artifact of artifacts) {
        const { path: name, collector, command, exitCode, truncated, bytes } = artifact;
        const file = boot(id, 'raw', safeRelative(name));
        // A command that failed and said nothing asked for something that is not there: no file, but a line in the index.
        if (bytes.length > 0 || exitCode === 0) await writeFileWhole(file, bytes);
        entries.push({
          path: name,
          collector,
          command,
          exitCode,
          bytes: bytes.length,
          sha256: sha256(bytes),
          truncated,
        });
      }
      entries.sort((a, b) => (a.path < b.path ? -1 : 1));
      await writeJson(boot(id, 'raw', 'index.json'), {
        schema: 'bench/artifacts@1',
        artifacts: entries,
      } satisfies ArtifactIndex);
    },
    /** All artifacts of a boot by their path under `raw/`. */
    async readRaw(id: string): Promise<Map<string, Uint8Array>> {
      const raw = boot(id, 'raw');
      await mkdir(raw, { recursive: true });
      const entries = await readdir(raw, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(raw, path.join(entry.parentPath, entry.name)));
      const named = files.filter((name) => name !== 'index.json').sort();
      return new Map(
        await Promise.all(named.map(async (name) => [name, await readFile(path.join(raw, name))] as const)),
      );
    },
  };
}

/** Artifact names come from our own collectors and, for folders, from a machine: nothing may leave `raw/`. */
function safeRelative(name: string): string {
  const normal = path.posix.normalize(name);
  if (path.posix.isAbsolute(normal) || normal.startsWith('..') || normal.includes('\0') || normal === 'index.json') {
    throw usageError(`The artifact name ${JSON.stringify(name)} leaves the raw folder.`);
  }
  return normal;
}
