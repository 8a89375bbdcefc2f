import { execFileSync } from 'node:child_process';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { COMMANDS, GROUPS } from '../../src/cli/commands.ts';
import { wrapCommand } from '../../src/cli/lists.ts';
import { labelled } from '../../src/cli/wrap.ts';
import { bench as runBench } from '../support/bench.ts';

const text =
  'Does deferring non-critical provisioning behind kubelet make a node ready sooner, and does anything break?';
const linesOf = (width: number | undefined) => labelled('ubuntu-2204-artifact-streaming', text, 30, width).split('\n');

describe('a list', () => {
  test.each([40, 41, 53, 60, 72, 80, 120, 200])('fits %d columns, and loses no word', (width) => {
    const lines = linesOf(width);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toBe(`ubuntu-2204-artifact-streaming ${text}`);
  });

  test('wraps below its own text, or below its label where its own column would be too narrow', () => {
    expect(linesOf(80)[1]).toMatch(/^ {32}\S/);
    expect(linesOf(40)[1]).toMatch(/^ {4}\S/);
  });

  test('is one line per item without a terminal', () => expect(linesOf(undefined)).toHaveLength(1));
});

/** As on a terminal with that many columns. */
const bench = async (columns: number, ...args: string[]): Promise<string> =>
  (await runBench(args, { env: { COLUMNS: String(columns) } })).stdout;

describe('a command that is too long', () => {
  test.each([40, 47, 80])('fits %d columns, and is the same command to a shell', (width) => {
    const command = "bench profile --scenario local-deferral --what-if 'mask: a.service' --dose 2s";
    const shown = wrapCommand(command, width, 2);
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    const words = execFileSync('sh', ['-c', `bench() { printf '%s\\n' "$@"; }\n${shown}`], { encoding: 'utf8' });
    expect(words.trim().split('\n')).toEqual([
      ...['profile', '--scenario', 'local-deferral', '--what-if', 'mask: a.service', '--dose', '2s'],
    ]);
  });
});

describe('help', () => {
  const pages = [...new Set(['', ...COMMANDS.map(({ name }) => name), ...Object.keys(GROUPS)])];

  test.each(pages)('of bench %s fits 40 columns, and has an example', async (name) => {
    const words = [...name.split(' ').filter(Boolean), '--help'];
    const narrow = await bench(40, ...words);
    expect(narrow.split('\n').filter((line) => stringWidth(line) > 40)).toEqual([]);
    expect(narrow).toMatch(/^(Examples|First steps):\n {2}bench/m);
  });

  test.each([[], ['run'], ['history']])('of bench %s has the same words on a narrow screen', async (...name) => {
    const plain = (text: string) => text.replaceAll(/ \\\n/g, ' ').replaceAll(/\s+/g, ' ');
    expect(plain(await bench(40, ...name, '--help'))).toBe(plain(await bench(300, ...name, '--help')));
  });

  test.each([['scenarios'], ['cache']])('the list of bench %s fits 40 columns', async (name) => {
    expect((await bench(40, name)).split('\n').filter((line) => stringWidth(line) > 40)).toEqual([]);
  });
});
