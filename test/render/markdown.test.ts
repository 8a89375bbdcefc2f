import { readdirSync, readFileSync } from 'node:fs';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../src/render/markdown.ts';
import { topics, topicText } from '../../src/stages/help.ts';

const plain = { color: false, width: 60 };

describe('a page in a terminal', () => {
  test('has filled paragraphs, and no marks', () => {
    expect(renderMarkdown('One **two**\n`three` *four*: 2 * 3.\n', plain)).toBe('One two `three` four: 2 * 3.\n');
  });

  test('keeps commands and output verbatim, with blank and long lines', () => {
    const long = `$ bench ${'x'.repeat(80)}`;
    expect(renderMarkdown(`\`\`\`console\n${long}\n\nout\n\`\`\`\n`, plain)).toBe(`    ${long}\n\n    out\n`);
  });

  test('has bold headings, or capitals without colour', () => {
    expect(renderMarkdown('## Why blocks\n', plain)).toBe('WHY BLOCKS\n');
    expect(renderMarkdown('## Why blocks\n', { ...plain, color: true })).toBe('\u001b[1mWhy blocks\u001b[0m\n');
  });

  test('shows tables in columns if they fit, and otherwise as a list', () => {
    const table = '| key | meaning |\n|---|---|\n| `a` | one \\| two |\n| `bcd` | three |\n';
    expect(renderMarkdown(table, plain)).toBe('key    meaning\n`a`    one | two\n`bcd`  three\n');
    expect(renderMarkdown(table, { ...plain, width: 14 })).toBe('`a`\n    one | two\n`bcd`\n    three\n');
  });

  test('names the topic of a link to another page, and the target of any other link', () => {
    expect(
      renderMarkdown('See [Azure](azure.md#run), [this](https://a.example).\n', { ...plain, width: undefined }),
    ).toBe('See Azure (bench help azure), this (https://a.example).\n');
  });
});

describe('topics', () => {
  test('are all the pages of docs/', () => {
    const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
    expect(
      topics()
        .map(({ name }) => `${name}.md`)
        .sort(),
    ).toEqual(pages.sort());
  });

  test.each(topics().map(({ name }) => name))('%s fits 60 columns but for what is typed, and loses no word', (name) => {
    const shown = topicText(name, plain);
    expect(shown.split('\n').filter((line) => !line.startsWith('    ') && stringWidth(line) > 60)).toEqual([]);
    const words = (text: string) => (text.match(/[\p{L}\p{N}]{3,}/gu) ?? []).map((word) => word.toLowerCase());
    const printed = new Set(words(shown.replaceAll('\n', ' ')));
    const squeezed = shown.toLowerCase().replaceAll(/\s+/g, '');
    const page = readFileSync(`docs/${name}.md`, 'utf8').replaceAll(/<picture>[\s\S]*?<\/picture>/g, '');
    const source = page.replaceAll(/^```.*$|\]\([^)]*\)|^\|[^\n]*\n\|(---\|)+$/gm, ']');
    expect(words(source).filter((word) => !printed.has(word) && !squeezed.includes(word))).toEqual([]);
  });

  test('an unknown topic is an error that suggests the nearest one', () => {
    expect(() => topicText('verdicts', plain)).toThrow(
      'There is no topic or command "verdicts" (did you mean "verdict"?).',
    );
  });
});
