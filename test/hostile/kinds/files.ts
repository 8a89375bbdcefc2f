/** bench reads only regular files of a bounded size, and accepts a folder only where it expects one. */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Attack, check, DISK, type Lab } from '../lab.ts';
import { THINGS } from '../things.ts';

const kind = 'files';

/** Where bench reads a file, how, and with which command. */
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
  ['an image', imaged('{file: thing}'), ['plan', '--scenario', './x.yaml', '--offline']],
  ['user data', imaged('{file: a.raw, userData: thing}'), ['plan', '--scenario', './x.yaml', '--offline']],
  [
    'a script',
    imaged('{build: {debian: bookworm, scripts: [thing]}}'),
    ['plan', '--scenario', './x.yaml', '--offline'],
  ],
  [
    'a file of an image',
    imaged('{build: {debian: bookworm, files: {/etc/x: thing}}}'),
    ['plan', '--scenario', './x.yaml', '--offline'],
  ],
  ['a history', (lab) => history(lab), ['trend', 'history']],
];

function extended(lab: Lab): string {
  lab.write('x.yaml', 'extends: ./base.yaml\n');
  return lab.at('base.yaml');
}

/** A scenario with this image, which names a file. */
function imaged(image: string): (lab: Lab) => string {
  return (lab) => {
    lab.write('a.raw', DISK);
    lab.write(
      'x.yaml',
      `name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n  after: {image: ${image}}\n`,
    );
    return lab.at('thing');
  };
}

function mapped(lab: Lab): string {
  lab.write('time.txt', 'Startup finished in 1s (kernel) + 2s (userspace) = 3s\n');
  return lab.at('map.yaml');
}

function history(lab: Lab): string {
  mkdirSync(lab.at('history'));
  return lab.at('history/history.jsonl');
}

/** Where bench skips a non-file and names it, or where a folder is also valid. */
const mayBe = (place: string, thing: string): boolean =>
  place === 'an import' || place === 'an artifact' || (place === 'a file of an image' && thing === 'a folder');

export const files: readonly Attack[] = PLACES.flatMap(([place, fileOf, command]) =>
  Object.entries(THINGS).map(
    ([thing, put]): Attack => ({
      kind,
      name: `${place} is ${thing}`,
      // The tests run pipes, which could hang, at every place, and the other kinds at one place.
      long: thing !== 'a pipe' && place !== 'run.json',
      async run(lab) {
        const file = fileOf(lab);
        rmSync(file, { recursive: true, force: true });
        const undo = put(file);
        try {
          const { status, stderr, seconds } = await lab.bench(command);
          check(status === 2 || status === 3 || (status === 0 && mayBe(place, thing)), `exit ${status}: ${stderr}`);
          // A folder among artifacts is not an artifact: bench skips it and reads the others.
          if (thing !== 'a folder' || !mayBe(place, thing))
            check(stderr.includes(path.basename(file).replace(/\..*/, '')), `it is not named: ${stderr}`);
          check(seconds < 60, `took ${seconds} s`);
        } finally {
          undo?.();
        }
      },
    }),
  ),
);
