import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { criticalPath } from '../../src/metrics/critical-path.ts';
import { pathSlack } from '../../src/metrics/path-slack.ts';
import type { BootRecord } from '../../src/model/boot.ts';
import { us } from '../../src/model/units.ts';
import { recordBoot } from '../../src/stages/derive/record.ts';
import { outcome, scenario } from '../stages/boots.ts';
import { boot, event, task, unit } from './boot.ts';

const PHASES = [event('kernel.start', 0), event('kernel.end', 1000), event('userspace.start', 1000)];
const FIXTURE = 'test/fixtures/collectors/node/package-lock';

function real(): BootRecord {
  const files = readdirSync(FIXTURE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const raw = new Map(files.map((file) => [path.relative(FIXTURE, file), readFileSync(file)]));
  return recordBoot({ outcome: outcome(), raw, scenario: scenario({ ready: { metric: 'node.ready' } }), tool: 't' });
}

describe('the path of a real boot', () => {
  const record = real();
  const parts = criticalPath('node.ready', record) ?? [];

  it('leads through the unit that holds the package lock, not through the steps that the script ran meanwhile', () => {
    const lock = parts.find(({ item }) => item === 'wait:package lock (background-update.service)');
    expect(lock).toMatchObject({ kind: 'wait', during: 'task:cleanUpGPUDrivers' });
    expect((lock?.toUs ?? 0) - (lock?.fromUs ?? 0)).toBeGreaterThan(1_200_000);
    expect(parts.some(({ item }) => item === 'unit:background-update.service')).toBe(true);
    expect(parts.some(({ item }) => item === 'task:setContainerdUlimits')).toBe(false);
  });

  it('has no gaps: its parts add up to the time to node ready', () => {
    for (const [index, { fromUs }] of parts.entries()) if (index > 0) expect(fromUs).toBe(parts[index - 1]?.toUs);
    const end = record.events.find(({ id }) => id === 'node.ready')?.us;
    expect([parts[0]?.fromUs, parts.at(-1)?.toUs]).toEqual([0, end]);
  });

  it('shows that a unit mostly waited for the processor', () => {
    const hook = parts.find(({ item }) => item === 'unit:boot-hook.service');
    expect(hook?.runningUs).toBeLessThan(100_000);
    expect((hook?.toUs ?? 0) - (hook?.fromUs ?? 0)).toBeGreaterThan(1_000_000);
  });

  it('names parallel work, and units that ended together with a cause', () => {
    expect(parts.filter(({ competes }) => competes?.includes('task:configureNodeExporter')).length).toBeGreaterThan(0);
    const target = criticalPath('boot.target', record) ?? [];
    const last = target.findLast(({ ties }) => ties !== undefined);
    expect([last?.item, ...(last?.ties ?? [])].sort()).toEqual(['unit:boot-hook.service', 'unit:ssh.service']);
  });

  it('is the same if a boothook ran before provisioning and launched nothing', () => {
    const hook = record.spans.find(({ kind, name }) => kind === 'unit' && name === 'boot-hook.service');
    const started = { ...event('boothook.start', 0), us: us((hook?.start.us ?? 0) + 500_000) };
    const withHook = { ...record, events: [...record.events, started] };
    expect(criticalPath('node.ready', withHook)).toEqual(parts);
    expect(pathSlack('node.ready', 'unit:background-update.service', withHook)).toMatchObject({ byLock: true });
  });

  it('states how much later an item could have begun', () => {
    const slack = (metric: string, item: string) => pathSlack(metric, item, record)?.slackUs;
    expect(slack('node.ready', 'unit:background-update.service')).toBeLessThan(100_000 + 6_500_000);
    expect(slack('node.ready', 'task:apiserverCurl')).toBe(0);
    const before = slack('node.ready', 'task:setContainerdUlimits');
    expect(before).toBeGreaterThan(1_200_000);
    expect(before).toBeLessThan(1_500_000);
    expect(slack('node.ready', 'task:cleanUpGPUDrivers')).toBe(before);
    expect(slack('node.ready', 'unit:containerd.service')).toBe(before);
    expect(slack('node.ready', 'unit:ssh.service')).toBeUndefined();
    expect(slack('boot.target', 'unit:ssh.service')).toBeLessThan(50_000);
    expect(pathSlack('node.ready', 'task:configureNodeExporter', record)).toMatchObject({
      slackUs: undefined,
      competes: true,
    });
  });
});

describe('slack of units', () => {
  const end = unit('multi-user.target', 4000, 4000, ['c.service']);
  const timeline = {
    ...boot(
      [...PHASES],
      [
        unit('a.service', 1100, 1500),
        unit('b.service', 1100, 3000, []),
        unit('c.service', 3010, 3990, ['a.service', 'b.service']),
        unit('d.service', 1100, 1200, ['a.service']),
        end,
      ],
    ),
  };
  const reached = {
    ...timeline,
    events: [...timeline.events, { ...event('target.reached', 4000), ...(end.end ?? {}) }],
  };
  const slack = (item: string) => pathSlack('boot.target', item, reached)?.slackUs;

  it('is zero on the path, the time until the next item off it, and unknown if nothing waits', () => {
    expect(slack('unit:b.service')).toBe(0);
    expect(slack('unit:a.service')).toBe(1_510_000);
    expect(slack('unit:d.service')).toBeUndefined();
    expect(slack('unit:none.service')).toBeUndefined();
  });
});

describe('a lock whose holder continues after the step', () => {
  it('is no cause: the step got the lock from another holder', () => {
    const step = {
      ...task('install', 2000, 3000),
      lock: { name: 'package lock', pid: 7, holder: 'upgrade.service', evidence: { file: 'f', line: 1 } },
    };
    const kubelet = unit('kubelet.service', 3010, 3100);
    const timeline = boot(
      [...PHASES, event('cse.start', 1900), event('cse.end', 3005), { ...event('kubelet.start', 3100) }],
      [unit('provision.service', 1100, 3200), unit('upgrade.service', 1100, 5000), step, kubelet],
    );
    const parts = criticalPath('kubelet.start', timeline) ?? [];
    expect(parts.some(({ item }) => item.startsWith('wait:package lock'))).toBe(false);
    expect(parts.some(({ item }) => item === 'task:install')).toBe(true);
    expect(us(parts.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0))).toBe(3_100_000);
  });
});
