/** bench reports all mistakes together, each once and with its place; nothing that a user can type is "a bug". */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bench as runBench } from '../support/bench.ts';
import { qcow2Disk, rawDisk } from '../support/disk-image.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'bench-mistakes-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const benchIn = (place: string, env: Record<string, string>, ...args: string[]) =>
  runBench(args, { cwd: place, env: { TMPDIR: place, ...env } });
const benchWith = (environment: Record<string, string>, ...args: string[]) => benchIn(cwd, environment, ...args);
const bench = (...args: string[]) => benchWith({}, ...args);

const write = (name: string, content: string | Buffer) => writeFileSync(path.join(cwd, name), content);

describe('a scenario', () => {
  test('with several mistakes gets a report of all of them, each with its place', async () => {
    write('a.raw', rawDisk());
    write(
      'mine.yaml',
      [
        'name: mine',
        'provider: {kind: qemu, timming: wall}',
        'variants: {before: {image: {file: a.raw}}, after: {image: {file: a.raw}}}',
        'blocks: none',
        'ready: {within: 5}',
        'colour: red',
        '',
      ].join('\n'),
    );
    const { status, stdout, stderr } = await bench('plan', '--scenario', './mine.yaml', '--boots', '0');
    expect([status, stdout]).toEqual([2, '']);
    const [heading, ...lines] = stderr.split('\n');
    expect([heading, ...lines.sort()]).toEqual([
      'bench: There are 4 problems:',
      '',
      expect.stringMatching(/^ {7}--boots: 0: /),
      expect.stringMatching(/^ {7}mine\.yaml:2:\d+: unknown key "timming" \(did you mean "timing"\?\)$/),
      expect.stringMatching(/^ {7}mine\.yaml:5:\d+: 5 is a number, but a string is needed here$/),
      expect.stringMatching(/^ {7}mine\.yaml:6:1: unknown key "colour"/),
    ]);
  });

  test('with names that do not exist gets a report of all of them, images and metrics alike', async () => {
    write('b.raw', 'no image at all\n'.repeat(100));
    const images = '{before: {image: {file: a.raw}}, after: {image: {file: b.raw}}}';
    write(
      'mine.yaml',
      `name: mine\nprovider: {kind: qemu}\nvariants: ${images}\ncontrols: [boot.kernal, boot.lodaer]\n`,
    );
    const { status, stderr } = await bench('run', '--dry-run', '--scenario', './mine.yaml');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bench: There are 4 problems:\n/);
    expect(stderr).toMatch(/mine\.yaml:4:12: there is no metric "boot\.kernal"/);
    expect(stderr).toMatch(/mine\.yaml:4:25: there is no metric "boot\.lodaer"/);
    expect(stderr).toMatch(/mine\.yaml:3:\d+: the image \S+\/a\.raw does not exist/);
    expect(stderr).toMatch(/mine\.yaml:3:\d+: \S+\/b\.raw is not a disk image/);
  });

  test('with unset variables gets a report of all of them, and of every other mistake', async () => {
    const image = (name: string) => `{image: "\${env:${name}}"}`;
    const variants = `{before: ${image('BENCH_ONE')}, after: ${image('BENCH_TWO')}}`;
    write('mine.yaml', `name: mine\nprovider: {kind: azure, location: westus3}\nvariants: ${variants}\nblocks: -1\n`);
    const { status, stderr } = await bench('plan', '--scenario', './mine.yaml');
    expect(status).toBe(2);
    expect(stderr).toMatch(/: the environment variable BENCH_ONE is not set\n/);
    expect(stderr).toMatch(/: the environment variable BENCH_TWO is not set\n/);
    expect(stderr).toMatch(/mine\.yaml:4:9: -1/);
    expect((await benchWith({ BENCH_ONE: 'a' }, 'plan', '--scenario', './mine.yaml')).stderr).not.toMatch(/BENCH_ONE/);
  });
});

describe('an image that', () => {
  test.each([
    ['is not there', undefined, /does not exist/],
    ['is a text', Buffer.from('#!/bin/sh\n'), /is not a disk image/],
    ['is all zeros', Buffer.alloc(100_000), /is not a disk image/],
    ['is compressed', gzipSync(rawDisk()), /is compressed \(gzip\)\n {7}Unpack it first: gunzip -k /],
  ])('%s is refused by plan and by --dry-run, before anything is built', async (_, bytes, said) => {
    write('good.raw', rawDisk());
    if (bytes) write('bad.raw', bytes);
    for (const command of [['plan'], ['run', '--dry-run']]) {
      const images = ['--before', 'good.raw', '--after', 'bad.raw'];
      const { status, stdout, stderr } = await bench(...command, '--scenario', 'local-deferral', ...images);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^bench: --after: /);
      expect(stderr).toMatch(said);
    }
  });

  test.each([
    ['qcow2', qcow2Disk()],
    ['raw', rawDisk()],
    ['vhdx', Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(4096)])],
  ])('is %s is planned, whatever its name', async (_, bytes) => {
    write('image.txt', bytes);
    const images = ['--before', 'image.txt', '--after', 'image.txt'];
    expect(await bench('plan', '--scenario', 'local-deferral', ...images)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a mistyped history', () => {
  beforeEach(async () => {
    cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
    expect((await bench('history', 'add', 'sample', '--history', 'nightly')).status).toBe(0);
  });

  test.each([
    ['trend', 'nigthly'],
    ['alert', 'nigthly', '--dry-run'],
    ['confirm', 'nigthly', 'x'],
    ['report', 'sample', '--history', 'nigthly'],
  ])('is an error of %s, and creates no folder', async (...args) => {
    expect(await bench(...args)).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^bench: There is no history in nigthly \(did you mean "nightly"\?\)\.\n/),
    });
    expect(readdirSync(cwd)).not.toContain('nigthly');
  });

  test('does not keep bench from reading an existing one', async () => {
    expect(await bench('trend', 'nightly')).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('doctor', () => {
  /** With no program installed, so that doctor does not try a machine either. */
  const doctor = async (...args: string[]) =>
    (await benchWith({ PATH: path.join(cwd, 'none') }, 'doctor', ...args)).stdout;

  test('without a scenario checks what the first command of the README needs', async () => {
    expect(await doctor()).toMatch(/^missing {2}qemu-system-x86_64 /m);
    expect(await doctor()).not.toMatch(/qemu-img/);
  });

  test('with a scenario checks what that scenario needs, including its images', async () => {
    const images = '{before: {image: {file: a.raw}}, after: {image: {file: a.raw}}}';
    write('mine.yaml', `name: mine\nprovider: {kind: qemu}\nvariants: ${images}\n`);
    expect(await doctor('--scenario', './mine.yaml')).toMatch(/^missing {2}qemu-img /m);
    expect(await doctor('--scenario', './mine.yaml')).toMatch(
      /^missing {2}variants\.after\.image +the image .* does not exist/m,
    );
  });
});

describe('no input that a user can type is a bug', () => {
  let place: string;
  beforeAll(() => {
    place = mkdtempSync(path.join(tmpdir(), 'bench-typed-'));
    cpSync('reports/sample', path.join(place, 'sample'), { recursive: true });
    mkdirSync(path.join(place, 'empty'));
  });
  afterAll(() => rmSync(place, { recursive: true }));

  test.each([
    [2, 'import', '/dev/null'],
    [2, 'import', 'empty'],
    [2, 'import', 'none'],
    [2, 'compare', '/dev/null'],
    [2, 'compare', 'empty', 'sample'],
    [2, 'record', 'sample/boots/none'],
    [2, 'record', 'sample', '--explain', 'none'],
    [2, 'calibrate', 'sample'],
    [2, 'calibrate', 'none'],
    [2, 'merge', 'sample', 'sample', '--out', 'whole'],
    [2, 'export', 'sample', '--format', 'none'],
    [3, 'export', 'sample', '--format', 'csv', '--out', 'sample/run.json/x'],
    [3, 'import', 'sample', '--out', '/dev/null'],
    [2, 'run', '--scenario', '/dev/null'],
    [2, 'run', '--resume', 'sample/run.json'],
    [2, 'plan', '--scenario', 'local-aa', '--set', 'a={'],
    [2, 'plan', '--scenario', 'local-aa', '--set', '__proto__.x=1'],
    [2, 'plan', '--scenario', 'local-aa', '--sigma', '5%', '--power', '100%'],
    [2, 'init', '../escape'],
    [2, 'cache', 'none'],
  ] as [number, ...string[]][])('%i: %s %s', async (status, ...args) => {
    const found = await benchIn(place, {}, ...args);
    expect(found.stderr).not.toMatch(/a bug|\n {4}at /);
    expect(found.stderr).toMatch(/^bench: [^\n]+\n( {7}[^\n]+\n)?$/);
    expect(found.status).toBe(status);
  });
});

describe('a hint names only options that the command has', () => {
  test('when bench cannot write a file', async () => {
    cpSync('reports/sample', path.join(cwd, 'sample'), { recursive: true });
    rmSync(path.join(cwd, 'sample/report.html'));
    mkdirSync(path.join(cwd, 'sample/report.html'));
    for (const args of [
      ['report', 'sample'],
      ['init', 'mine'],
      ['compare', 'sample', '--report'],
    ]) {
      if (args[0] === 'init') write('scenarios', '');
      const { stderr } = await bench(...args);
      expect(stderr).toMatch(/^bench: Could not/);
      expect(stderr).not.toMatch(/--out/);
    }
  });
});
