/** The folder of one run: the only place that knows the names of its files. */
import { rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../model/comparison.ts';
import { Profile } from '../model/profile.ts';
import type { KeptMachine } from '../model/provider.ts';
import { type JournalEntry, Run } from '../model/run.ts';
import { Samples } from '../model/samples.ts';
import { bootFiles } from './boot-files.ts';
import { makeFolder, readJson, readJsonLoosely, writeFileWhole, writeJson } from './files.ts';
import { type Journal, openJournal, readJournal } from './journal.ts';
import { existsBeneath } from './listing.ts';
import { lockFile, type Processes } from './run-lock.ts';

const PAGES = {
  report: 'report.html',
  comment: 'comment.md',
  summary: 'summary.md',
  profilePage: 'profile.html',
} as const;

export type RunFolder = ReturnType<typeof runFolder>;

export function runFolder(folder: string) {
  const at = (...names: string[]) => path.join(folder, ...names);
  const has = (name: string) => existsBeneath(folder, name);
  return {
    folder,
    file: {
      run: at('run.json'),
      journal: at('journal.jsonl'),
      samples: at('samples.json'),
      comparison: at('comparison.json'),
      profile: at('profile.json'),
      profilePage: at('profile.html'),
      report: at('report.html'),
      comment: at('comment.md'),
      summary: at('summary.md'),
      kept: at('machines.txt'),
    },

    /** Makes the folder; false if there is one already. */
    claim: () => makeFolder(folder),
    /** Removes the folder if it is still empty. */
    abandon: () => rmdir(folder).catch(() => {}),
    /** One process at a time; resolves with a function that unlocks it. */
    lock: (processes: Processes) => lockFile(at('run.lock'), folder, processes),

    readRun: () => readJson(at('run.json'), Run, folder),
    /** Keys in the order of the schema, for every writer. */
    writeRun: (run: Run) => writeJson(at('run.json'), Run.parse(run), folder),
    hasRun: () => has('run.json'),

    openJournal: (now: () => string): Promise<Journal> => openJournal(at('journal.jsonl'), now),
    readJournal: () => readJournal(at('journal.jsonl')),
    writeJournal: (entries: readonly JournalEntry[]) =>
      writeFileWhole(at('journal.jsonl'), entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),

    readSamples: () => readSamples(at('samples.json'), folder),
    hasSamples: () => has('samples.json'),
    writeSamples: (samples: Samples) => writeJson(at('samples.json'), samples, folder),

    writeComparison: (comparison: Comparison) => writeJson(at('comparison.json'), comparison, folder),

    readProfile: () => readJson(at('profile.json'), Profile),
    hasProfile: () => has('profile.json'),
    writeProfile: (profile: Profile) => writeJson(at('profile.json'), Profile.parse(profile)),

    writePage: (name: keyof typeof PAGES, text: string) => writeFileWhole(at(PAGES[name]), text),

    /** The machines that keep running, by their last boot: a command that reaches each, then how to end them. */
    writeKept: (machines: ReadonlyMap<string, KeptMachine>) => writeFileWhole(at('machines.txt'), keptText(machines)),

    ...bootFiles(folder),
  };
}

/** How many unknown keys of samples.json it names: there may be many. */
const UNKNOWN_KEYS_NAMED = 5;

async function readSamples(file: string, folder: string): Promise<Samples> {
  const { value, unknownKeys } = await readJsonLoosely(file, Samples, folder);
  if (unknownKeys.length === 0) return value;
  const named = unknownKeys.slice(0, UNKNOWN_KEYS_NAMED).join(', ');
  const more = unknownKeys.length > UNKNOWN_KEYS_NAMED ? ' and others' : '';
  return { ...value, warnings: [...value.warnings, `Ignored unknown keys of samples.json: ${named}${more}.`] };
}

function keptText(machines: ReadonlyMap<string, KeptMachine>): string {
  const reach = [...machines].sort().map(([id, machine]) => `${id}  ${machine.reach}\n`);
  const end = [...new Set([...machines.values()].map((machine) => machine.end))];
  return [...reach, ...end.map((command) => `stop them: ${command}\n`)].join('');
}
