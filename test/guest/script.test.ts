import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocks, bootstrapCommand, collectScript } from '../../src/guest/script.ts';
import { readAnswer } from '../../src/guest/unpack.ts';
import { quote } from '../../src/model/shell-program.ts';
import { answerOf, request } from './run-script.ts';

const limits = { commandSeconds: 30, bootSeconds: 0 };

describe('the script', () => {
  test('passes any text through the shell unchanged', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '\\',
        '$',
        '`',
        '\n',
        ' ',
        '!',
        '*',
        '~',
        ';',
        '&',
        '(',
        '{',
        'ü',
        '-',
        '\0',
        '%',
      ),
    });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(nasty, fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 20 }),
        (texts) => {
          const printed = execFileSync('sh', ['-c', `printf '%s\\1' ${texts.map(quote).join(' ')}`], {
            encoding: 'utf8',
          });
          expect(printed).toBe(texts.map((text) => `${text.replaceAll('\0', '')}\u0001`).join(''));
        },
      ),
      { seed: 7, numRuns: 25 },
    );
  });

  test('holds no path of an artifact: files have numbers', () => {
    const script = collectScript([request("'; rm -rf /; '/../x", 'true'), request('$(reboot)/', 'true')], limits);
    expect(script).not.toMatch(/rm -rf \/;|reboot/);
    expect(script).toContain("\noutput 0 30 1954 'true'\nfiles 1 30 1954 'true'\n");
  });

  test('is one text that every shell can parse, whatever the commands', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 20 }), (commands) => {
        const script = collectScript(
          commands.map((command, n) => request(`${n}`, command)),
          { commandSeconds: 30, bootSeconds: 60 },
        );
        execFileSync('sh', ['-n'], { input: script });
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  test('does nothing at all if its end is missing', () => {
    const script = collectScript([request('a', 'echo ran >&2')], limits);
    for (const share of [0.3, 0.6, 0.9, 0.99]) {
      const cut = script.slice(0, Math.floor(script.length * share));
      expect(() => execFileSync('sh', ['-n'], { input: cut, stdio: 'pipe' }), `${share}`).toThrow();
    }
  });

  test('lets through a little more than the cap, so that a cut is visible', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (cap) => {
        expect(blocks(cap) * 512).toBeGreaterThan(cap);
        expect(blocks(cap) * 512).toBeLessThanOrEqual(cap + 1024);
      }),
      { seed: 9 },
    );
  });

  test('starts from a command line whose quotes hold nothing special for any login shell', () => {
    const root = bootstrapCommand('true\n', 'root');
    expect(root).toMatch(/^exec sh -c '[^'!\\\n]*'$/);
    expect(root).toContain('head -c 5 ');
    expect(bootstrapCommand('ü', 'azureuser')).toMatch(/^exec sudo -n sh -c '.*head -c 2 /);
  });
});

describe('a command', () => {
  test('runs alone: it sees no arguments, no input, no open file, and changes nothing for the next', async () => {
    const requests = [
      request('arguments', 'echo "$# [$1]"'),
      request('input', 'cat'),
      request('changes', 'cd /; x=1; exec >/dev/null; umask 0; exit 5'),
      request('next', 'echo "[$x]"; umask'),
      request('locale', 'echo $LC_ALL'),
    ];
    const { artifacts } = await readAnswer(requests, await answerOf(requests));
    expect(artifacts.map(({ path, exitCode, bytes }) => [path, exitCode, new TextDecoder().decode(bytes)])).toEqual([
      ['arguments', 0, '0 []\n'],
      ['input', 0, ''],
      ['changes', 5, ''],
      ['next', 0, '[]\n0077\n'],
      ['locale', 0, 'C\n'],
    ]);
  });
});
