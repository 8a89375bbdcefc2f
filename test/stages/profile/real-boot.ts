/** The record of a real boot that waits for the package lock. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BootRecord } from '../../../src/model/boot.ts';
import { recordBoot } from '../../../src/stages/derive/record.ts';
import { outcome, scenario } from '../boots.ts';

const FIXTURE = 'test/fixtures/collectors/node/package-lock';

export const nodeScenario = scenario({
  ready: { metric: 'node.ready' },
  expect: [
    { unit: 'containerd.service', is: 'active' },
    { unit: 'kubelet.service', is: 'active' },
    { task: 'configureK8s', startsBefore: 'kubelet.start' },
  ],
});

export function realBoot(): BootRecord {
  const files = readdirSync(FIXTURE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const raw = new Map(files.map((file) => [path.relative(FIXTURE, file), readFileSync(file)]));
  return recordBoot({ outcome: outcome(), raw, scenario: nodeScenario, tool: 't' });
}
