/** Which client certificate kubelet's metrics are asked for with: the command as it runs on a node, in a shell, with its files. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kubeletMetricsRequest } from '../../src/collectors/kubelet-metrics.ts';

let node = '';
beforeEach(() => {
  node = mkdtempSync(path.join(tmpdir(), 'bench-node-'));
  mkdirSync(path.join(node, 'pki'));
  mkdirSync(path.join(node, 'bin'));
  // Says what it was asked with, as a line that the command keeps.
  writeFileSync(path.join(node, 'bin/curl'), '#!/bin/sh\nprintf "# status %s\\n" "$*"\n');
  chmodSync(path.join(node, 'bin/curl'), 0o755);
});
afterEach(() => rmSync(node, { recursive: true }));

const CURRENT = 'kubelet-client-current.pem';
const [OLD, NEW] = ['kubelet-client-2026-08-01-07-00-00.pem', 'kubelet-client-2026-08-01-07-13-59.pem'];

function certificate(name: string, minutesAgo: number): void {
  const file = path.join(node, 'pki', name);
  writeFileSync(file, 'PEM');
  const at = Date.now() / 1000 - minutesAgo * 60;
  utimesSync(file, at, at);
}

const link = (to: string) => symlinkSync(path.join(node, 'pki', to), path.join(node, 'pki', CURRENT));

/** With each shell that a node may have as `sh`. */
function used(): (string | undefined)[] {
  const command = kubeletMetricsRequest.command.replaceAll('/var/lib/kubelet/pki', path.join(node, 'pki'));
  return ['sh', 'bash'].map((shell) => {
    const { stdout, stderr } = spawnSync(shell, ['-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${path.join(node, 'bin')}:/usr/bin:/bin` },
    });
    expect(stderr).toBe('');
    const [, pem, key] = /--cert (\S+) --key (\S+)/.exec(stdout) ?? [];
    expect(key).toBe(pem);
    return pem && path.basename(pem);
  });
}

it('is the newest dated one where no link says which is current: a node of secure TLS bootstrapping', () => {
  certificate(NEW, 1);
  certificate(OLD, 60);
  expect(used()).toEqual([NEW, NEW]);
});

it('is the newest where the link leads nowhere', () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link('kubelet-client-2026-08-01-06-00-00.pem');
  expect(used()).toEqual([NEW, NEW]);
});

it('is the newest where the link was left at an older one, though the link itself is newer than all', () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link(OLD);
  expect(used()).toEqual([NEW, NEW]);
});

it('is the one that the link leads to where that is the newest', () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link(NEW);
  for (const name of used()) expect([NEW, CURRENT]).toContain(name);
});

it('is none, and nothing is asked, where there is no certificate', () => {
  expect(used()).toEqual([undefined, undefined]);
});
