/** Completion in real shells, with the installed command; the manual page in the programs that show one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let folder: string;
let env: Record<string, string>;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'completion-'));
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(path.resolve('dist/bench.js'), path.join(folder, 'bin/bench'));
  mkdirSync(path.join(folder, 'reports/runs/mine-1'), { recursive: true });
  writeFileSync(path.join(folder, 'reports/runs/mine-1/run.json'), '{}');
  writeFileSync(path.join(folder, 'my file.yaml'), '');
  env = { PATH: `${folder}/bin:${path.dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder, TERM: 'dumb' };
});
afterAll(() => rmSync(folder, { recursive: true }));

const shell = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: folder, env, encoding: 'utf8' }).split('\n').filter(Boolean);

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

/** The completion system of zsh needs a terminal: this function makes one, presses a key, and reads the line that results. */
function zshOffers(words: readonly string[]): string[] {
  const script = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "PS1='READY> ' TERM=dumb; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source <(bench completion zsh); bindkey '^I' complete-word; bindkey -s '^X' '^A: ^E\n'; print LOADED"
    zpty -r shell line '*LOADED*READY> '
    zpty -n -w shell $'bench ${words.join(' ')}\\t'
    sleep 3
    zpty -n -w shell $'\\x01print -r -- OFFERED: \\n'
    zpty -r shell line '*\nOFFERED: *\n' && print -r -- "$line"
    zpty -d shell`;
  const shown = shell('zsh', '-f', '-c', script).join('\n');
  return /\nOFFERED: bench (.*)/.exec(shown)?.[1]?.trim().split(/\s+/).slice(-1) ?? [shown];
}

/** What each shell offers for a line with the cursor at the end of the last word. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  bash: (words) =>
    shell(
      'bash',
      '-c',
      `eval "$(bench completion bash)"; COMP_WORDS=(bench ${quoted(words)}); COMP_CWORD=${words.length}; _bench; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ),
  zsh: (words) => zshOffers(words),
  fish: (words) =>
    shell(
      'fish',
      '--no-config',
      '-c',
      `bench completion fish | source; complete -C '${['bench', ...words].join(' ')}'`,
    ).map((line) => line.split('\t')[0] ?? ''),
};

describe.each(Object.entries(SHELLS))('%s', (_, offers) => {
  test('completes commands, options, scenarios, runs and metrics', () => {
    expect(offers(['exp'])).toEqual(['export']);
    expect(offers(['run', '--scena'])).toEqual(['--scenario']);
    expect(offers(['run', '--scenario', 'local-def'])).toContain('local-deferral');
    expect(offers(['compare', 'reports/runs/m'])).toContain('reports/runs/mine-1');
    expect(offers(['record', 'x', '--explain', 'node.r'])).toEqual(['node.ready']);
  });
});

describe('the manual page', () => {
  test('passes mandoc, and has every command', () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', 'dist/man/bench.1'], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toBe('');
    const shown = execFileSync('mandoc', ['-T', 'ascii', '-O', 'width=80', 'dist/man/bench.1'], { encoding: 'utf8' });
    const plain = shown.replaceAll(/.\u0008/g, '');
    for (const words of [
      'bench run',
      '--scenario <name>',
      'bench history add <run>',
      'EXIT STATUS',
      'environment failure',
    ])
      expect(plain).toContain(words);
    expect(plain).not.toMatch(/\\[-e&]/);
  });
});
