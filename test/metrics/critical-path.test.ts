import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { criticalPath } from '../../src/metrics/critical-path.ts';
import { measure, type Timeline } from '../../src/metrics/measure.ts';
import { boot, event, stamp, task, unit } from './boot.ts';

const PHASES = [event('kernel.start', 0), event('kernel.end', 1000), event('userspace.start', 1000)];

/** `item length-in-ms`, in order of time. */
const shape = (metric: string, timeline: Timeline) =>
  criticalPath(metric, timeline)?.map(({ item, fromUs, toUs }) => `${item} ${(toUs - fromUs) / 1000}`);

const reached = (timeline: Timeline, name: string): Timeline => {
  const end = timeline.spans.find((span) => span.name === name)?.end;
  if (end === undefined) throw new Error(`${name} has no end`);
  return { ...timeline, events: [...timeline.events, { id: 'target.reached', ...end }] };
};

describe('the critical path to a target', () => {
  const plain = (spans: Parameters<typeof boot>[1]) => reached(boot(PHASES, spans), 'multi-user.target');

  it('follows the last to end of the units that each unit is ordered after', () => {
    const timeline = plain([
      unit('a.service', 1100, 1500),
      unit('b.service', 1100, 1900),
      unit('c.service', 2000, 2500, ['a.service', 'b.service']),
      unit('unrelated.service', 1100, 9000),
      unit('multi-user.target', 2500, 2500, ['c.service']),
    ]);
    expect(shape('boot.target', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 100',
      'unit:b.service 800',
      'systemd:between units 100',
      'unit:c.service 500',
    ]);
  });

  it('names a gap in which nothing known ran, with its length', () => {
    const timeline = plain([
      unit('first.service', 1100, 1200),
      unit('late.service', 90_200, 90_300, ['first.service']),
      unit('multi-user.target', 90_300, 90_300, ['late.service']),
    ]);
    expect(criticalPath('boot.target', timeline)?.find(({ kind }) => kind === 'unknown')).toEqual({
      item: 'wait:late.service',
      kind: 'unknown',
      fromUs: 1_200_000,
      toUs: 90_200_000,
    });
  });

  it('counts waiting for a device or the network as waiting', () => {
    const timeline = plain([
      unit('udevd.socket', 1100, 1100),
      unit('dev-vda1.device', 1100, 1500),
      unit('wait-online.service', 1500, 1600, ['dev-vda1.device']),
      unit('multi-user.target', 1600, 1600, ['wait-online.service']),
    ]);
    expect(criticalPath('boot.target', timeline)?.map(({ kind }) => kind)).toEqual(['work', 'work', 'wait', 'wait']);
  });

  it("shows cloud-init's stages in the time of its units", () => {
    const stage = { ...task('init-local/search-Azure', 1300, 1700), kind: 'cloud-init' as const };
    const timeline = plain([
      unit('cloud-init-local.service', 1100, 1900),
      stage,
      unit('multi-user.target', 1900, 1900, ['cloud-init-local.service']),
    ]);
    expect(shape('boot.target', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 100',
      'unit:cloud-init-local.service 200',
      'cloud-init:init-local/search-Azure 400',
      'unit:cloud-init-local.service 200',
    ]);
  });

  it('does not start before the first unit that the manager started', () => {
    const timeline = plain([
      unit('-.mount', 1050, 1050),
      unit('journald.socket', 1400, 1400, ['-.mount']),
      unit('multi-user.target', 1450, 1450, ['journald.socket']),
    ]);
    expect(shape('boot.target', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 400',
      'systemd:between units 50',
    ]);
  });

  it('ends, and still adds up, if the ordering has a cycle', () => {
    const timeline = plain([
      unit('a.target', 1500, 1500, ['b.target']),
      unit('b.target', 1500, 1500, ['a.target']),
      unit('multi-user.target', 1500, 1500, ['a.target', 'b.target']),
    ]);
    expect(shape('boot.target', timeline)).toEqual(['phase:kernel 1000', 'phase:manager 500']);
  });

  it('has firmware, loader and initrd as separate phases', () => {
    const events = [
      event('firmware.start', -5000),
      event('loader.start', -2000),
      event('kernel.start', 0),
      event('initrd.start', 700),
      event('kernel.end', 700),
      event('userspace.start', 1000),
    ];
    const timeline = reached(boot(events, [unit('multi-user.target', 1200, 1200)]), 'multi-user.target');
    expect(shape('boot.target', timeline)).toEqual(['phase:kernel 700', 'phase:initrd 300', 'phase:manager 200']);
    expect(shape('boot.firmware', timeline)).toEqual(['phase:firmware 3000']);
    expect(shape('boot.loader', timeline)).toEqual(['phase:loader 2000']);
  });
});

describe('the critical path of a node', () => {
  const units = [
    unit('network.target', 2000, 2000),
    unit('provision.service', 2100, 9500, ['network.target']),
    unit('containerd.service', 4100, 5000, ['network.target']),
  ];
  const steps = [
    event('cse.start', 2200),
    event('cse.end', 9400),
    event('kubelet.start', 7300),
    event('tls.kubeconfig', 8300),
    event('node.registering', 8400),
    event('node.registered', 8600),
    event('node.ready', 10_000),
  ];

  it('goes through the steps of provisioning, innermost first, up to the start of kubelet', () => {
    const timeline = boot(
      [...PHASES, ...steps],
      [
        ...units,
        unit('kubelet.service', 7000, 7300, ['containerd.service']),
        task('ensureContainerd', 4000, 5100),
        task('ensureKubelet', 5200, 7100),
        task('ensureKubelet.installKubelet', 5300, 6300),
      ],
    );
    expect(shape('node.ready', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 1000',
      'systemd:between units 100',
      'unit:provision.service 100',
      'provisioning:between steps 1800',
      'task:ensureContainerd 1100',
      'provisioning:between steps 100',
      'task:ensureKubelet 100',
      'task:ensureKubelet.installKubelet 1000',
      'task:ensureKubelet 700',
      'unit:kubelet.service 300',
      'tls:bootstrap 1000',
      'node:registering 100',
      'node:registered 200',
      'node:ready 1400',
    ]);
  });

  it('goes through containerd if kubelet waited for it, and on through the step that started containerd', () => {
    const timeline = boot(
      [...PHASES, ...steps],
      [
        ...units.filter(({ name }) => name !== 'containerd.service'),
        unit('containerd.service', 4100, 6990, ['network.target']),
        unit('kubelet.service', 7000, 7300, ['containerd.service']),
        task('ensureContainerd', 4000, 4200),
        task('ensureKubelet', 4200, 4300),
      ],
    );
    expect(shape('kubelet.start', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 1000',
      'systemd:between units 100',
      'unit:provision.service 100',
      'provisioning:between steps 1800',
      'task:ensureContainerd 100',
      'unit:containerd.service 2890',
      'systemd:between units 10',
      'unit:kubelet.service 300',
    ]);
  });

  it('waits for the guest agent if no unit runs the script', () => {
    const timeline = boot(
      [...PHASES, event('agent.start', 3000), event('cse.start', 5000), event('cse.end', 6000)],
      [unit('walinuxagent.service', 2500, 3000), task('ensureContainerd', 5000, 6000)],
    );
    expect(shape('cse.start', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 1500',
      'unit:walinuxagent.service 500',
      'agent:wait for provisioning 2000',
    ]);
    expect(shape('cse.total', timeline)).toEqual(['task:ensureContainerd 1000']);
  });

  it('covers only the metric if that does not begin with the kernel', () => {
    const timeline = boot([...PHASES, ...steps], [unit('kubelet.service', 7000, 7300)]);
    expect(shape('tls.bootstrap', timeline)).toEqual(['tls:bootstrap 1000']);
  });

  const STLS = 'secure-tls-bootstrap.service';

  it('on a current node goes through the boothook and the controller, not through a wait for the agent', () => {
    const timeline = boot(
      [
        ...PHASES,
        event('agent.start', 2100),
        event('boothook.start', 3000),
        event('controller.launch', 3400),
        event('controller.start', 3600),
        event('cse.start', 4000),
        event('cse.end', 9000),
      ],
      [
        unit('cloud-init.service', 2000, 3500),
        unit('walinuxagent.service', 2050, 2100),
        task('ensureKubelet', 4000, 9000),
      ],
    );
    expect(shape('cse.start', timeline)).toEqual([
      'phase:kernel 1000',
      'phase:manager 1000',
      'unit:cloud-init.service 1000',
      'boothook:until launch 400',
      'controller:until provisioning 600',
    ]);
    expect(measure('agent.wait', timeline)).toMatchObject({
      reason: expect.stringMatching(/boothook started provisioning/),
    });
  });

  it('has the secure client if that made the credential before kubelet started', () => {
    const early = steps.map((each) => (each.id === 'tls.kubeconfig' ? event('tls.kubeconfig', 6500) : each));
    const timeline = boot([...PHASES, ...early], [unit(STLS, 4600, 6600), unit('kubelet.service', 6600, 7300, [STLS])]);
    expect(shape('tls.bootstrap', timeline)).toEqual([`unit:${STLS} 1900`]);
    expect(shape('node.ready', timeline)?.slice(-5)).toEqual([
      `unit:${STLS} 2000`,
      'unit:kubelet.service 700',
      'node:registering 1100',
      'node:registered 200',
      'node:ready 1400',
    ]);
  });

  it('omits a milestone that is out of order', () => {
    const early = steps.map((each) => (each.id === 'node.registered' ? event('node.registered', 10_500) : each));
    const timeline = boot([...PHASES, ...early], [unit('kubelet.service', 7000, 7300)]);
    expect(shape('node.ready', timeline)?.slice(-3)).toEqual([
      'tls:bootstrap 1000',
      'node:registering 100',
      'node:ready 1600',
    ]);
  });

  it('is undefined if the metric has no value, or is not from the guest', () => {
    expect(criticalPath('node.ready', boot(PHASES))).toBeUndefined();
    const outside = { ...stamp(5), id: 'outside.ssh', clock: 'controller' as const };
    const request = { ...stamp(0), id: 'request.sent', clock: 'controller' as const };
    expect(criticalPath('outside.ssh', boot([request, outside]))).toBeUndefined();
  });
});

describe('any critical path', () => {
  const ms = fc.integer({ min: 0, max: 20_000 });
  const names = Array.from({ length: 12 }, (_, index) => `u${index}.service`);
  const spans = fc.array(
    fc.record({
      name: fc.constantFrom(
        ...names,
        'kubelet.service',
        'containerd.service',
        'multi-user.target',
        'provision.service',
      ),
      from: ms,
      took: fc.oneof(fc.constant(0), ms),
      open: fc.boolean(),
      after: fc.array(fc.constantFrom(...names, 'containerd.service', 'provision.service'), { maxLength: 4 }),
      isTask: fc.boolean(),
    }),
    { maxLength: 30 },
  );
  const marks = fc.array(
    fc.record({
      id: fc.constantFrom(
        'userspace.start',
        'initrd.start',
        'kernel.end',
        'cse.start',
        'cse.end',
        'kubelet.start',
        'agent.start',
        'tls.kubeconfig',
        'node.registering',
        'node.registered',
        'node.ready',
        'target.reached',
        'startup.finish',
        'containerd.ready',
      ),
      at: ms,
    }),
    { maxLength: 14 },
  );
  const METRICS = [
    'boot.target',
    'boot.finish',
    'boot.userspace',
    'boot.kernel',
    'node.ready',
    'kubelet.start',
    'tls.bootstrap',
    'cse.total',
    'cse.start',
    'containerd.ready',
    'unit.u0.service',
    'cse.u1.service',
  ];

  it('tiles its metric: segments touch, and add up to the metric to the microsecond', () => {
    let paths = 0;
    fc.assert(
      fc.property(spans, marks, (given, events) => {
        const timeline = boot(
          [event('kernel.start', 0), ...events.map(({ id, at }) => event(id, at))],
          given.map(({ name, from, took, open, after, isTask }) =>
            isTask
              ? task(name, from, open ? undefined : from + took)
              : unit(name, from, open ? undefined : from + took, after),
          ),
        );
        for (const metric of METRICS) {
          const measured = measure(metric, timeline);
          const path = criticalPath(metric, timeline);
          expect(path === undefined).toBe(measured.kind === 'missing');
          if (path === undefined || measured.kind === 'missing') continue;
          paths += 1;
          expect(path.reduce((sum, { fromUs, toUs }) => sum + (toUs - fromUs), 0)).toBe(measured.valueUs);
          for (const [index, { fromUs, toUs }] of path.entries()) {
            expect(toUs).toBeGreaterThan(fromUs);
            if (index > 0) expect(fromUs).toBe(path[index - 1]?.toUs);
          }
        }
      }),
      { seed: 23, numRuns: 1500 },
    );
    expect(paths).toBeGreaterThan(3000);
  });
});
