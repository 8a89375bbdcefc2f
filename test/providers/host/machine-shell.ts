/**
 * host.sh on a stand-in for a machine: a real sh in its own mount namespace. Its firmware, boot partition, kernel and /var/lib are
 * folders of the test; its loader is a stand-in that prints what the real one prints. The log has each call of a stand-in.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import program from '../../../src/providers/host/host.sh';

/** Folders that the machine sees in these places. */
const PLACES = ['/var/lib', '/boot', '/sys/firmware', '/sys/kernel'] as const;
/** Here the machine sees its files beside the existing ones: the programs of the shell need those. */
const OVER = '/usr/lib';
export const LOADER_GUID = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

export interface Shown {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MachineShell {
  /** A file of the machine, by its path there. */
  write(file: string, text: string): void;
  read(file: string): string;
  /** A program on the machine; `$STATE` is a folder that outlives its calls. */
  program(name: string, text: string): void;
  /** Runs a verb of host.sh. */
  run(verb: string, settings?: Readonly<Record<string, string>>): Shown;
  /** Calls of stand-ins since the last question, one per line. */
  calls(): string[];
  end(): void;
}

export const whyNoMachineShell = (): string | undefined => (process.getuid?.() === 0 ? undefined : 'not root');

export function machineShell(): MachineShell {
  const home = mkdtempSync(path.join(tmpdir(), 'bench-host-sh-'));
  const at = (...names: string[]) => path.join(home, ...names);
  for (const name of ['bin', 'state', 'work', OVER, ...PLACES]) mkdirSync(at(name), { recursive: true });
  const enter = [
    ...PLACES.map((place) => `mount --bind '${at(place)}' ${place}`),
    `mount -t overlay overlay -o 'lowerdir=${OVER},upperdir=${at(OVER)},workdir=${at('work')}' ${OVER}`,
    `export PATH='${at('bin')}:/usr/bin:/bin' STATE='${at('state')}'`,
    'exec sh -s',
  ].join(' && ');
  return {
    write(file, text) {
      mkdirSync(path.dirname(at(file)), { recursive: true });
      writeFileSync(at(file), text);
    },
    read: (file) => readFileSync(at(file), 'utf8'),
    program(name, text) {
      writeFileSync(at('bin', name), `#!/bin/sh\necho "${name} $*" >>"$STATE/calls"\n${text}\n`);
      chmodSync(at('bin', name), 0o755);
    },
    run(verb, settings = {}) {
      const assignments = Object.entries({ ...settings, VERB: verb }).map(([name, value]) => `${name}='${value}'\n`);
      const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', enter], {
        input: `${assignments.join('')}${program}`,
        encoding: 'utf8',
      });
      return { code: status, stdout, stderr };
    },
    calls() {
      const file = at('state', 'calls');
      if (!existsSync(file)) return [];
      const text = readFileSync(file, 'utf8').trim();
      rmSync(file);
      return text.split('\n');
    },
    end: () => rmSync(home, { recursive: true }),
  };
}
