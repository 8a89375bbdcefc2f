/** bench reads and writes nothing outside the named paths. */
import { cpSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Attack, check, DISK, type Lab, OUTSIDE_TEXT, refused } from '../lab.ts';

const kind = 'containment';

const QEMU = (image: string, more = '') =>
  `name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n  after: {image: ${image}}\n${more}`;

const build = (files: string) => `{build: {debian: bookworm, files: ${files}}}`;

const dryRun = (lab: Lab, text: string) => {
  lab.write('a.raw', DISK);
  lab.write('x.yaml', text);
  return lab.bench(['plan', '--scenario', './x.yaml', '--offline']);
};

const TARGETS = ['/../../outside/new.txt', '/a/../../../outside/new.txt', '/..', '/etc/./../../x', '/a/..'];

/** A file of the run is a link to a file outside. */
const linkedRun = (file: string, command: readonly string[]): Attack => ({
  kind,
  name: `${file} of a run is a link (${command[0]})`,
  async run(lab) {
    lab.sampleRun();
    rmSync(lab.at('run', file), { recursive: true, force: true });
    symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at('run', file));
    const result = await lab.bench([...command]);
    check(!result.stdout.includes(OUTSIDE_TEXT), 'it was read');
    check(result.status === 2 || existsSync(lab.at('run', file)), `exit ${result.status}`);
    if (result.status === 2) check(/link/.test(result.stderr), `the link is not named: ${result.stderr}`);
  },
});

export const containment: readonly Attack[] = [
  ...TARGETS.map(
    (target): Attack => ({
      kind,
      name: `a file of an image goes to ${target}`,
      async run(lab) {
        lab.write('motd', 'hello');
        refused(await dryRun(lab, QEMU(build(`{"${target}": motd}`))), /x\.yaml:5:\d+/, '..');
      },
    }),
  ),
  ...[
    ['an image file', (outside: string) => QEMU(`{file: "${outside}/secret.txt"}`)],
    ['an image file by ..', () => QEMU('{file: "../outside/secret.txt"}')],
    ['a file of an image', (outside: string) => QEMU(build(`{/etc/motd: "${outside}/secret.txt"}`))],
    ['a folder of an image', () => QEMU(build('{/etc/all: "../outside"}'))],
    ['user data', () => QEMU('{file: a.raw, userData: "../outside/secret.txt"}')],
    ['a script', () => QEMU('{build: {debian: bookworm, scripts: ["../outside/secret.txt"]}}')],
  ].map(
    ([name, text]): Attack => ({
      kind,
      name: `a scenario names ${name} that is elsewhere`,
      async run(lab) {
        refused(await dryRun(lab, (text as (outside: string) => string)(lab.outside)), 'outside');
      },
    }),
  ),
  {
    kind,
    name: 'a link beside the scenario leads elsewhere',
    async run(lab) {
      symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at('key'));
      refused(await dryRun(lab, QEMU(build('{/etc/key: key}'))), 'key');
      symlinkSync(lab.outside, lab.at('folder'));
      refused(await dryRun(lab, QEMU(build('{/etc/key: folder}'))), 'folder');
    },
  },
  {
    kind,
    name: 'what is named from outside may be elsewhere',
    async run(lab) {
      writeFileSync(path.join(path.dirname(lab.outside), 'b.raw'), DISK);
      lab.write('x.yaml', QEMU('{file: a.raw}'));
      lab.write('a.raw', DISK);
      const file = path.join(lab.outside, '../b.raw');
      const { status, stderr } = await lab.bench(['plan', '--scenario', './x.yaml', '--offline', '--after', file]);
      check(status === 0, stderr);
    },
  },
  ...['../outside/secret.txt', '/etc/passwd', '../../../../../../etc/hostname'].map(
    (parent): Attack => ({
      kind,
      name: `extends: ${parent}`,
      async run(lab) {
        lab.write('x.yaml', `extends: "./${parent}"\n`.replace('./' + '/', '/'));
        const { status, stderr } = await lab.bench(['plan', '--scenario', './x.yaml', '--offline']);
        check(status === 2 && !stderr.includes('root:'), `exit ${status}: ${stderr}`);
      },
    }),
  ),
  linkedRun('run.json', ['compare', 'run']),
  linkedRun('samples.json', ['compare', 'run']),
  linkedRun('comparison.json', ['report', 'run']),
  linkedRun('report.html', ['report', 'run']),
  linkedRun('comment.md', ['report', 'run']),
  linkedRun('journal.jsonl', ['merge', 'run', '--out', 'merged']),
  linkedRun('boots', ['report', 'run', '--from-raw']),
  linkedRun('boots/0001-after', ['report', 'run', '--from-raw']),
  linkedRun('boots/0001-after/raw', ['report', 'run', '--from-raw']),
  linkedRun('boots/0001-after/record.json', ['report', 'run', '--from-raw']),
  linkedRun('boots/0001-after/outcome.json', ['report', 'run', '--from-raw']),
  {
    kind,
    name: 'an artifact is a link',
    async run(lab) {
      lab.sampleRun();
      symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at('run/boots/0001-after/raw/secret'));
      refused(await lab.bench(['report', 'run', '--from-raw']), 'link');
    },
  },
  {
    kind,
    name: 'a folder of a run leads to another run, which is written through',
    async run(lab) {
      lab.sampleRun();
      cpSync(lab.at('run/boots/0001-after'), path.join(lab.outside, 'boot'), { recursive: true });
      rmSync(path.join(lab.outside, 'boot'), { recursive: true });
      symlinkSync(lab.outside, lab.at('run/boots/0099-after'));
      await lab.bench(['report', 'run', '--from-raw']);
    },
  },
  ...['../../../outside', '..', 'a/b', '/tmp/x', '', '.', 'a\\u0000b'].map(
    (id): Attack => ({
      kind,
      name: `the id of a boot is ${JSON.stringify(id)}`,
      async run(lab) {
        lab.sampleRun();
        const run = lab.read('run/run.json').replaceAll('"0001-after"', `"${id}"`);
        lab.write('run/run.json', run);
        rmSync(lab.at('run/boots/0001-after'), { recursive: true });
        writeFileSync(path.join(lab.outside, 'outcome.json'), '{}');
        rmSync(path.join(lab.outside, 'outcome.json'));
        await lab.bench(['run', '--resume', './run', '--dry-run', '--offline']);
        const outcome = readFileSync(lab.at('run/boots/0002-before/outcome.json'), 'utf8');
        lab.write('run/boots/0002-before/outcome.json', outcome.replaceAll('"0002-before"', `"${id}"`));
        const { status } = await lab.bench(['report', 'run', '--from-raw']);
        check(status === 2, `exit ${status}`);
      },
    }),
  ),
  {
    kind,
    name: 'a temporary name that could be foreseen is a link',
    async run(lab) {
      lab.sampleRun();
      for (let pid = 1; pid < 5; pid++)
        symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at(`run/report.html.${process.pid + pid}.tmp`));
      await lab.bench(['report', 'run']);
      for (let pid = 1; pid < 5; pid++) rmSync(lab.at(`run/report.html.${process.pid + pid}.tmp`));
    },
  },
  {
    kind,
    name: 'a history is a link',
    async run(lab) {
      lab.sampleRun();
      mkdirSync(lab.at('history'));
      symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at('history/history.jsonl'));
      refused(await lab.bench(['history', 'add', 'run', '--history', 'history']), 'history.jsonl');
      refused(await lab.bench(['trend', 'history']), 'history.jsonl');
    },
  },
  {
    kind,
    name: 'a history has two names',
    async run(lab) {
      lab.sampleRun();
      mkdirSync(lab.at('history'));
      lab.write('other.jsonl', '');
      linkSync(lab.at('other.jsonl'), lab.at('history/history.jsonl'));
      refused(await lab.bench(['history', 'add', 'run', '--history', 'history']), 'hard links');
      check(lab.read('other.jsonl') === '', 'written through');
    },
  },
  {
    kind,
    name: 'the page of a trend is a link',
    async run(lab) {
      lab.sampleRun();
      await lab.bench(['history', 'add', 'run', '--history', 'history']);
      symlinkSync(path.join(lab.outside, 'secret.txt'), lab.at('history/trend.html'));
      await lab.bench(['trend', 'history']);
    },
  },
];
