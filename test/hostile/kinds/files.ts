/** Only regular files of a bounded size are read, and only folders where a folder is meant. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { type Attack, check, type Lab } from '../lab.ts';

const kind = 'files';

type Put = (file: string) => (() => void) | undefined;

const THINGS: Readonly<Record<string, Put>> = {
  'a pipe': (file) => void spawnSync('mkfifo', [file]) as undefined,
  '/dev/zero': (file) => void symlinkSync('/dev/zero', file) as undefined,
  '/dev/tty': (file) => void symlinkSync('/dev/tty', file) as undefined,
  'a folder': (file) => void mkdirSync(file) as undefined,
  '3 GiB': (file) => {
    writeFileSync(file, '');
    truncateSync(file, 3 * 2 ** 30);
    return undefined;
  },
  'a socket': (file) => {
    const server = createServer().listen(file);
    return () => server.close();
  },
};

/** Where a file is read, how, and with which command. */
const PLACES: readonly (readonly [string, (lab: Lab) => string, readonly string[]])[] = [
  ['run.json', (lab) => lab.at(lab.sampleRun(), 'run.json'), ['compare', 'run']],
  ['samples.json', (lab) => lab.at(lab.sampleRun(), 'samples.json'), ['report', 'run']],
  ['record.json', (lab) => lab.at(lab.sampleRun(), 'boots/0001-after/record.json'), ['report', 'run']],
  ['outcome.json', (lab) => lab.at(lab.sampleRun(), 'boots/0001-after/outcome.json'), ['record', 'run']],
  ['an artifact', (lab) => lab.at(lab.sampleRun(), 'boots/0001-after/raw/more'), ['record', 'run']],
  ['a scenario', (lab) => lab.at('x.yaml'), ['plan', '--scenario', './x.yaml', '--offline']],
  ['extends', extended, ['plan', '--scenario', './x.yaml', '--offline']],
  ['an import', (lab) => lab.at('logs'), ['import', 'logs']],
  ['an archive', (lab) => lab.at('logs.zip'), ['import', 'logs.zip']],
  ['a mapping', mapped, ['import', 'time.txt', '--map', 'map.yaml']],
  ['a history', (lab) => history(lab), ['trend', 'history']],
];

function extended(lab: Lab): string {
  lab.write('x.yaml', 'extends: ./base.yaml\n');
  return lab.at('base.yaml');
}

function mapped(lab: Lab): string {
  lab.write('time.txt', 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
  return lab.at('map.yaml');
}

function history(lab: Lab): string {
  mkdirSync(lab.at('history'));
  return lab.at('history/history.jsonl');
}

export const files: readonly Attack[] = PLACES.flatMap(([place, fileOf, command]) =>
  Object.entries(THINGS).map(
    ([thing, put]): Attack => ({
      kind,
      name: `${place} is ${thing}`,
      // One of each in the tests, all of them in the campaign.
      long: thing === '/dev/tty' || thing === 'a socket',
      async run(lab) {
        const file = fileOf(lab);
        rmSync(file, { recursive: true, force: true });
        const undo = put(file);
        try {
          const { status, stderr, seconds } = await lab.bench(command);
          check(
            status === 2 || status === 3 || (status === 0 && (place === 'an import' || place === 'an artifact')),
            `exit ${status}: ${stderr}`,
          );
          // A folder among artifacts is no artifact: it is passed over, and the others are read.
          if (place !== 'an artifact' || thing !== 'a folder')
            check(stderr.includes(path.basename(file).replace(/\..*/, '')), `it is not named: ${stderr}`);
          check(seconds < 60, `took ${seconds} s`);
        } finally {
          undo?.();
        }
      },
    }),
  ),
);
