import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { complete, type Kind } from '../../src/cli/completion/complete.ts';

const KNOWN: Readonly<Record<Kind, readonly string[]>> = {
  scenario: ['local-aa', 'local-deferral'],
  run: ['reports/runs/one', 'reports/runs/two'],
  metric: ['boot.kernel', 'node.ready'],
  topic: ['azure', 'verdict'],
};
const values = async (kind: Kind) => KNOWN[kind].map((word) => ({ word, text: '' }));
/** The cursor is at the end of the last word. */
const offered = async (...words: string[]) => {
  const { candidates, files } = await complete(words, COMMANDS, values);
  return { words: candidates.map(({ word }) => word), files };
};

describe('completion', () => {
  test('names each command once, with its purpose', async () => {
    const { words, files } = await offered('');
    expect(words).toEqual(expect.arrayContaining(['run', 'history', 'image', 'completion']));
    expect(new Set(words).size).toBe(words.length);
    expect(files).toBe(false);
    const { candidates } = await complete(['exp'], COMMANDS, values);
    expect(candidates).toEqual([{ word: 'export', text: expect.stringMatching(/other programs/) }]);
  });

  test('names the commands of a group', async () => {
    expect((await offered('history', '')).words).toContain('add');
    expect((await offered('image', 'b')).words).toEqual(['build']);
  });

  test('names the options of a command that are not on the line yet', async () => {
    expect((await offered('run', '--s')).words.sort()).toEqual(['--scenario', '--seed', '--set', '--shard']);
    expect((await offered('run', '--seed', '1', '--se')).words).toEqual(['--set']);
    expect((await offered('run', '--set', 'a=b', '--se')).words).toContain('--set');
    expect((await offered('compare', 'x', '--')).words).toContain('--help');
  });

  test('names scenarios, runs, metrics and formats where an option expects them', async () => {
    expect(await offered('run', '--scenario', 'local-d')).toEqual({ words: ['local-deferral'], files: true });
    expect(await offered('compare', '')).toEqual({ words: KNOWN.run, files: true });
    expect(await offered('comment', 'one', 'two', '')).toEqual({ words: KNOWN.run, files: true });
    expect(await offered('record', 'x', '--explain', 'n')).toEqual({ words: ['node.ready'], files: false });
    expect((await offered('export', 'x', '--format', 'o')).words).toEqual(['otlp', 'openmetrics']);
    expect(await offered('help', 'v')).toEqual({ words: ['verdict'], files: false });
    expect((await offered('completion', '')).words).toEqual(['bash', 'zsh', 'fish']);
  });

  test('leaves paths to the shell, and numbers to the user', async () => {
    expect(await offered('import', '')).toEqual({ words: [], files: true });
    expect(await offered('run', '--seed', '')).toEqual({ words: [], files: false });
    expect(await offered('report', 'x', '')).toEqual({ words: [], files: false });
    expect(await offered('nothing', 'like', 'this')).toEqual({ words: [], files: false });
  });

  test.each(COMMANDS.flatMap(({ name, options }) => options.map(({ flags }) => [name, flags] as const)))(
    'bench %s knows %s',
    async (name, flags) => {
      const flag = flags.match(/--[a-z-]+/)?.[0] ?? '';
      expect((await offered(...name.split(' '), flag)).words).toContain(flag);
    },
  );
});
