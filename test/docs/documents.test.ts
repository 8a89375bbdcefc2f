/** Checks of all documents that run nothing: which test runs each command, and where links lead. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { commandBlocks, runnerOf } from '../../tools/command-blocks.ts';
import { reference } from '../../tools/reference.ts';
import { withTerms } from '../../tools/terms.ts';
import { troubleshooting } from '../../tools/troubleshooting.ts';
import { allBlocks, looksLike, pages } from './blocks.ts';

const KINDS = /^(|boots|azure|see=test\/\S+\.test\.ts)$/;

// docs: npm test
test('every block names its test, and that test contains its commands', () => {
  for (const { file, line, runs, commands } of allBlocks()) {
    expect(runs, `${file}:${line}`).toMatch(KINDS);
    expect(commands.length, `${file}:${line} has no line that begins with "$ "`).toBeGreaterThan(0);
    const other = /^see=(.*)/.exec(runs)?.[1];
    if (other === undefined) continue;
    const source = readFileSync(other, 'utf8');
    for (const { text } of commands) expect(source, `${file}:${line}`).toContain(`docs: ${text}`);
  }
});

test('a block without a test is an error, with its place', () => {
  const block = { file: 'docs/x.md', line: 3 };
  expect(() => runnerOf({ ...block, runs: 'sometimes' })).toThrow('docs/x.md:3: no test runs this block ("sometimes")');
  expect(() => runnerOf({ ...block, runs: 'see=test/gone.test.ts' })).toThrow('docs/x.md:3: no test runs this block');
  expect(runnerOf({ ...block, runs: 'boots' })).toBe('test/docs/boots.long.test.ts');
});

test('commands appear only in blocks that a test runs', () => {
  for (const file of pages) {
    const fences = readFileSync(file, 'utf8').match(/^```[\s\S]*?^```$/gm) ?? [];
    const loose = fences.filter(
      (fence) => !fence.startsWith('```console') && /^(\$ |\.\/bench |bench |npm |npx |az |export )/m.test(fence),
    );
    expect(loose, file).toEqual([]);
  }
});

const DOCUMENTS = [
  ...pages,
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'scenarios/examples/README.md',
];

/** As GitHub makes them: lower case, dashes for spaces, without punctuation. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(({ 1: heading = '' }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const withoutFences = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

describe.each(DOCUMENTS)('%s', (file) => {
  const text = withoutFences(readFileSync(file, 'utf8'));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(({ 1: link = '' }) => link);

  test('links lead to existing files and headings', () => {
    const dead = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [name = '', anchor] = link.split('#');
      const target = name === '' ? file : path.join(path.dirname(file), name);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchors(withoutFences(readFileSync(target, 'utf8'))).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('external links are addresses, over TLS', () => {
    const outside = links.filter((link) => /^[a-z]+:/.test(link));
    expect(outside.filter((link) => !URL.canParse(link) || !link.startsWith('https://'))).toEqual([]);
  });
});

test('the site contains every page, and every linked file of this repository', () => {
  const site = mkdtempSync(path.join(tmpdir(), 'site-'));
  execFileSync('sh', ['tools/ci/site', site]);
  const dead = pages.flatMap((file) => {
    const text = withoutFences(readFileSync(path.join(site, file.replace('README', 'index')), 'utf8'));
    const links = [...text.matchAll(/\]\(([^)\s#:]+)(?:#[^)]*)?\)/g)].map(({ 1: link = '' }) => link);
    return links.filter((link) => !existsSync(path.join(site, path.dirname(file), link)));
  });
  // Text that Liquid would interpret.
  const liquid = pages.filter((file) => /\{[{%]/.test(readFileSync(file, 'utf8')));
  // Kramdown, which renders the pages, treats a fence with two words after it as text.
  const fences = pages.filter((file) =>
    /^```\S+ /m.test(readFileSync(path.join(site, file.replace('README', 'index')), 'utf8')),
  );
  rmSync(site, { recursive: true });
  expect([dead, liquid, fences]).toEqual([[], [], []]);
});

test('the README has at most 100 lines, and links to every page', () => {
  const text = readFileSync('README.md', 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  for (const page of pages) if (page.startsWith('docs/')) expect(text).toContain(`](${page}`);
});

test.each([
  ['docs/reference.md', reference],
  ['docs/troubleshooting.md', troubleshooting],
  ['test/docs/README.md', commandBlocks],
  ['docs/verdict.md', () => withTerms(readFileSync('docs/verdict.md', 'utf8'))],
])('%s is what the code says: npm run docs', (file, made) => {
  expect(readFileSync(file, 'utf8')).toBe(made());
});

test('no text, comment or test name has a private idiom, and documents and help have short sentences', () => {
  const printed = execFileSync(process.execPath, ['tools/readability.js'], { encoding: 'utf8' });
  const rows = [...printed.matchAll(/^(\S.*?) +(\d+) +([\d.]+) +([\d.]+) % +[\d.]+ % +(\d+)$/gm)];
  expect(rows).toHaveLength(10);
  for (const [, group, sentences, , , idioms] of rows) {
    expect([group, Number(sentences) > 50]).toEqual([group, true]);
    expect([group, idioms], 'SHOW=idioms node tools/readability.js lists the places').toEqual([group, '0']);
  }
  const short = rows.filter(([, group]) => group === 'README and docs' || group === 'help');
  expect(short.map(([, , , words, long]) => Number(words) < 14 && Number(long) < 6)).toEqual([true, true]);
  const said = rows.filter(([, group]) => ['help', 'messages', 'report, comment, terminal'].includes(group ?? ''));
  expect(said.map(([, , , , long]) => Number(long) <= 0.2)).toEqual([true, true, true]);
});

test('every example in the help uses options of its command', () => {
  for (const { name, options, examples } of COMMANDS)
    for (const example of examples) {
      const known = options.flatMap(({ flags }) => flags.match(/--[a-z-]+/g) ?? []);
      expect(example.startsWith(`bench ${name}`), example).toBe(true);
      expect(
        (example.match(/(?<= )--[a-z-]+/g) ?? []).filter((flag) => !known.includes(flag)),
        example,
      ).toEqual([]);
    }
});

test('the documents explain every code of a failed boot in the sources', () => {
  const explained = readFileSync('docs/troubleshooting.md', 'utf8');
  const emitted = ['src/guest', 'src/providers', 'src/stages/boot'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => codesIn(readFileSync(path.join(folder, name), 'utf8'))),
  );
  expect(new Set(emitted).size).toBeGreaterThan(20);
  expect([...new Set(emitted)].filter((code) => !explained.includes(`\`${code}\``))).toEqual([]);
});

/** The ways in which the sources create failures: `fail('code', ...`, `reachFailure('code', ...`, `new ProgramError('code', ...`. */
const codesIn = (source: string): string[] =>
  [
    ...source.matchAll(
      /(?:\bfail|[fF]ailure|ProgramError)\(\s*(?:'(?:boot|create|reach|collect)',\s*)?'(?!(?:boot|create|reach|collect)')([a-z]+(?:-[a-z]+)*)',/g,
    ),
  ].map(({ 1: code = '' }) => code);

test('the comparison of a booting run ignores the numbers of this machine', () => {
  const printed =
    '▼ FASTER  x\nafter is 3.93 s (25.7 %) faster\nto ready; 6 blocks\nready  15.28 s   ├●┤  ┊ │ ┊  ▼ faster\n...\nseed 11';
  const other =
    '▼ FASTER  x\nafter is 12 s (31 %) faster to ready; 6 blocks\nready  15 s  ┊├●┤│ ┊  ▼ faster\nmore\nseed 7';
  expect(looksLike(printed, other)).toBe(true);
  expect(looksLike(printed, other.replace('faster to', 'slower to'))).toBe(false);
  expect(looksLike(printed, `something else\n${other}`)).toBe(false);
  expect(looksLike(printed, `${other}\nand more`)).toBe(false);
  expect(looksLike('a\n...', 'a 1\nb')).toBe(true);
  expect(looksLike('a\nrun  x/…\nb', 'a\nrun  x/y-1\nb')).toBe(true);
});
