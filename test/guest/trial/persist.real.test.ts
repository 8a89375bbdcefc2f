import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trialFiles } from '../../../src/guest/trial/files.ts';
import { persistScript } from '../../../src/guest/trial/persist.ts';
import { us } from '../../../src/model/units.ts';

/** The files of a trial on a machine that is about to reboot. A real shell writes and removes them under a folder of this test. */

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'persist-'));
  mkdirSync(path.join(root, 'etc/systemd/system/multi-user.target.wants'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const place = { provisionedBy: undefined, readyFile: undefined };
const files = trialFiles(
  [
    { action: 'sleep', item: 'unit:ssh.service', us: us(2_000_000) },
    { action: 'sleep', item: 'unit:network.target', us: us(2_000_000) },
  ],
  place,
);
const sh = (script: string) =>
  execFileSync('sh', ['-c', script.replaceAll('/etc/', `${root}/etc/`)], { encoding: 'utf8' });
const at = (name: string) => path.join(root, 'etc', name);
const text = (name: string) => readFileSync(at(name), 'utf8');

describe('a trial on a machine that reboots', () => {
  test('has its drop-ins and scripts in /etc, its stamps still in /run', () => {
    sh(persistScript(files));
    expect(text('systemd/system/ssh.service.d/90-bench-trial.conf')).toContain('/etc/bench-trial/dose.sh 0 sleep');
    expect(readlinkSync(at('systemd/system/network.target.wants/bench-trial-1.service'))).toBe(
      '../bench-trial-1.service',
    );
    expect(text('bench-trial/dose.sh')).toMatch(
      /^\[ -d \/run\/bench-trial \] \|\| mkdir -p \/run\/bench-trial\n[\s\S]*stamps=\/run\/bench-trial\/stamps/,
    );
  });

  test('keeps its files until no job remains: it also delays units behind the default target', () => {
    sh(persistScript(files));
    const cleaner = text('systemd/system/bench-trial-clean.service');
    expect(cleaner).toContain('After=default.target');
    // A oneshot would be a job itself, and wait for its own end.
    expect(cleaner).not.toContain('oneshot');
    expect(text('bench-trial/clean.sh')).toMatch(/^timeout 900 systemctl is-system-running --wait .*; rm -rf /);
  });

  test.each([
    ['a unit', { action: 'sleep', item: 'unit:late.service', us: us(0) }],
    ['a step', { action: 'sleep', item: 'task:late', us: us(0) }],
  ] as const)('leaves stamps of %s, though no earlier script made their folder', (_, intervention) => {
    const run = path.join(root, 'run');
    const given = trialFiles([intervention], { provisionedBy: 'node.service', readyFile: undefined });
    sh(persistScript(given));
    const here = (name: string) => text(name).replaceAll('/run/bench-trial', `${run}/bench-trial`);
    const script =
      intervention.item === 'task:late'
        ? `${here('bench-trial/steps.sh')}\nlogs_to_events() { shift; "$@"; }\n:\nlogs_to_events AKS.CSE.late true\n`
        : `set -- 0 sleep 0 0\n${here('bench-trial/dose.sh')}`;
    execFileSync('bash', ['-c', script]);
    expect(readFileSync(path.join(run, 'bench-trial/stamps'), 'utf8')).toMatch(
      /^0 sleep begin \S+\n0 sleep end \S+\n$/,
    );
  });

  test('restores its machine after its boot, and leaves other units untouched', () => {
    sh(persistScript(files));
    sh(text('bench-trial/clean.sh').replaceAll(root, ''));
    expect(readdirSync(at('systemd/system'))).toEqual(['multi-user.target.wants']);
    expect(existsSync(at('bench-trial'))).toBe(false);
  });

  test('does nothing without a trial', () => {
    expect(persistScript([])).toBe('');
  });
});
