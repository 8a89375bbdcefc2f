/**
 * How to call each command of the program's table on a disk with a fault or under a limit, and what it writes. Each new command
 * needs an entry here: a test compares this list with the table.
 */
import { DISK, type Lab } from '../lab.ts';

export interface Called {
  /** Prepares, and returns the arguments. */
  readonly args: (lab: Lab) => Promise<readonly string[]> | readonly string[];
  /** Writes nothing, or ends before it would write: a full disk does not affect it, but it must not print a stack trace. */
  readonly onlyPrints?: true;
}

const scenario = (lab: Lab): string => {
  lab.write('a.raw', DISK);
  lab.write(
    'x.yaml',
    'name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n  after: {image: {file: a.raw}}\n',
  );
  return './x.yaml';
};

const history = async (lab: Lab): Promise<string> => {
  await lab.bench(['history', 'add', lab.sampleRun(), '--history', 'history']);
  const line = lab.read('history/history.jsonl');
  const of = (year: string) =>
    JSON.stringify({ ...JSON.parse(line), id: year, night: `${year}-01-01`, at: `${year}-01-01T00:00:00Z` });
  lab.write('history/history.jsonl', `${of('2001')}\n${of('2999')}\n`);
  return 'history';
};

const prints = (args: Called['args']): Called => ({ args, onlyPrints: true });

export const CALLED: Readonly<Record<string, Called>> = {
  run: { args: (lab) => ['run', '--scenario', scenario(lab), '--boots', '1'] },
  plan: prints((lab) => ['plan', '--scenario', scenario(lab), '--offline']),
  profile: { args: (lab) => ['profile', '--scenario', scenario(lab), '--item', 'a.service'] },
  record: { args: (lab) => ['record', lab.sampleRun()] },
  compare: { args: (lab) => ['compare', lab.sampleRun(), '--report', '--out', 'page.html'] },
  report: { args: (lab) => ['report', lab.sampleRun(), '--from-raw'] },
  comment: prints((lab) => ['comment', lab.sampleRun(), '--print']),
  export: { args: (lab) => ['export', lab.sampleRun(), '--format', 'csv', '--out', 'x.csv'] },
  import: { args: (lab) => ['import', `${lab.sampleRun()}/boots`, '--out', 'out'] },
  merge: { args: (lab) => ['merge', lab.sampleRun(), '--out', 'merged'] },
  'history add': { args: (lab) => ['history', 'add', lab.sampleRun(), '--history', 'history'] },
  'history prune': {
    args: async (lab) => ['history', 'prune', '--history', await history(lab), '--keep-days', '1', '--yes'],
  },
  trend: { args: async (lab) => ['trend', await history(lab)] },
  confirm: prints(async (lab) => ['confirm', await history(lab), '2026-01-01', '--scenario', scenario(lab)]),
  alert: prints(async (lab) => ['alert', await history(lab), '--dry-run']),
  calibrate: prints((lab) => ['calibrate', `${lab.sampleRun()}/..`]),
  gc: prints(() => ['gc', '--offline']),
  scenarios: prints(() => ['scenarios']),
  init: { args: () => ['init', 'mine'] },
  doctor: prints(() => ['doctor']),
  cache: prints(() => ['cache', 'prune', '--all']),
  'image build': { args: () => ['image', 'build', '--scenario', 'local-deferral'] },
  completion: prints(() => ['completion', 'bash']),
  help: prints(() => ['help', 'verdict']),
};
