/** Which client certificate the request for kubelet's metrics uses: runs the node's command in a shell, with the node's files. */
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
  // Prints its arguments as a line that the command keeps.
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

/** The certificate that the command used, for each shell that may be a node's `sh`. */
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

it('is the newest dated one if no link names the current one: a node with secure TLS bootstrapping', () => {
  certificate(NEW, 1);
  certificate(OLD, 60);
  expect(used()).toEqual([NEW, NEW]);
});

it('is the newest if the link is dangling', () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link('kubelet-client-2026-08-01-06-00-00.pem');
  expect(used()).toEqual([NEW, NEW]);
});

it('is the newest if the link still leads to an older one, though the link itself is newer than all', () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link(OLD);
  expect(used()).toEqual([NEW, NEW]);
});

it("is the link's target if that is the newest", () => {
  certificate(OLD, 60);
  certificate(NEW, 1);
  link(NEW);
  for (const name of used()) expect([NEW, CURRENT]).toContain(name);
});

it('is missing, and the command sends no request, if there is no certificate', () => {
  expect(used()).toEqual([undefined, undefined]);
});
