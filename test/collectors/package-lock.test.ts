import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withLocks } from '../../src/collectors/aks/package-lock.ts';
import type { Span } from '../../src/model/timeline.ts';
import { us } from '../../src/model/units.ts';

const FIXTURE = 'test/fixtures/collectors/node/package-lock';
const real = (): Map<string, Uint8Array> =>
  new Map(
    readdirSync(FIXTURE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(FIXTURE, file), readFileSync(file)]),
  );
const made = (trace: string, units = '', journal = '') =>
  new Map(
    Object.entries({
      'aks/cluster-provision.log': trace,
      'systemd/units.show': units,
      'journal/boot.jsonl': journal,
    }).map(([name, text]) => [name, new TextEncoder().encode(text)]),
  );
const step = (name: string): Span => {
  const stamp = { clock: 'monotonic', us: us(1), errorUs: us(0), evidence: { file: 'f', line: 1 } } as const;
  return { kind: 'task', name, start: stamp, end: { ...stamp, us: us(2) } };
};
const lockOf = (raw: Map<string, Uint8Array>, ...names: string[]) =>
  withLocks(names.map(step), raw).map(({ lock }) => lock);

describe('the holder of the package lock', () => {
  test('a real boot: the step that waited, the unit whose process dpkg names, and the line that reports it', () => {
    const [waited, other] = lockOf(real(), 'cleanUpGPUDrivers', 'apiserverCurl');
    expect(waited).toMatchObject({ name: 'package lock', pid: 159, holder: 'background-update.service' });
    const line = readFileSync(path.join(FIXTURE, 'aks/cluster-provision.log'), 'utf8').split('\n')[
      (waited?.evidence.line ?? 0) - 1
    ];
    expect(line).toBe('dpkg: error: dpkg frontend lock was locked by another process with pid 159');
    expect(other).toBeUndefined();
  });

  test("apt's wording works, and journal lines show the unit of a child process", () => {
    const trace =
      '+ logs_to_events AKS.CSE.install apt_get\nE: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (apt-get)\n';
    const journal =
      '{"__REALTIME_TIMESTAMP":"1","__MONOTONIC_TIMESTAMP":"1","_PID":"1234","_SYSTEMD_UNIT":"apt-daily-upgrade.service","MESSAGE":"x"}\n';
    expect(lockOf(made(trace, '', journal), 'install')[0]).toMatchObject({
      pid: 1234,
      holder: 'apt-daily-upgrade.service',
    });
  });

  test('a holder whose process is unknown stays a number; nothing is guessed', () => {
    const trace =
      '+ logs_to_events AKS.CSE.install x\ndpkg: error: dpkg frontend lock was locked by another process with pid 77\n';
    const [lock] = lockOf(made(trace, 'Id=a.service\nExecMainPID=78\n'), 'install');
    expect(lock).toMatchObject({ pid: 77 });
    expect(lock?.holder).toBeUndefined();
  });

  test('the wait belongs to the innermost running step, and to none after its end', () => {
    const trace = [
      '+ logs_to_events AKS.CSE.outer outer',
      '+ logs_to_events AKS.CSE.outer.inner inner',
      "+ echo '{' '\"TaskName\":' '\"AKS.CSE.outer.inner\",' '}'",
      'dpkg: error: dpkg frontend lock was locked by another process with pid 7',
      "+ echo '{' '\"TaskName\":' '\"AKS.CSE.outer\",' '}'",
      'dpkg: error: dpkg frontend lock was locked by another process with pid 8',
    ].join('\n');
    expect(lockOf(made(trace), 'outer', 'outer.inner').map((lock) => lock?.pid)).toEqual([7, undefined]);
  });
});
