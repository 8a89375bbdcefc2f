import { describe, expect, it } from 'vitest';
import { movedDefinitions } from '../../src/metrics/definitions.ts';
import type { Timeline } from '../../src/metrics/measure.ts';
import type { Span } from '../../src/model/timeline.ts';
import { boot, stamp, task, unit } from './boot.ts';

const side = (variant: string, make: (index: number) => Timeline, boots = 4) => ({
  variant,
  boots: Array.from({ length: boots }, (_, index) => make(index)),
});
const moved = (before: (index: number) => Timeline, after: (index: number) => Timeline, boots = 4) =>
  Object.fromEntries(movedDefinitions(side('before', before, boots), [side('after', after, boots)]));

const blocking = (index: number) =>
  boot([], [task('ensureContainerd', 100, 900 + index), unit('containerd.service', 200, 890)]);
const enqueuing = (index: number) =>
  boot([], [task('ensureContainerd', 100, 150 + index), unit('containerd.service', 140, 880)]);

describe('a definition', () => {
  it('has moved if a step waited for a unit and now only starts it', () => {
    expect(moved(blocking, enqueuing)).toEqual({
      'cse.ensureContainerd':
        'in before it waits until containerd.service is up, in after it ends earlier: the work moved out of it and was not saved',
    });
    expect(Object.keys(moved(enqueuing, blocking))).toEqual(['cse.ensureContainerd']);
  });

  it('has moved even if the unit is not yet starting when the step ends', () => {
    const queued = () => boot([], [task('ensureContainerd', 100, 120), unit('containerd.service', 300, 880)]);
    expect(moved(blocking, queued)).toHaveProperty('cse.ensureContainerd');
  });

  it('has moved if the unit restarted later, and the step had waited for its first start', () => {
    const twice = (index: number) =>
      boot(
        [],
        [
          task('ensureContainerd', 100, 500 + index),
          unit('containerd.service~1', 200, 490),
          unit('containerd.service', 800, 890),
        ],
      );
    expect(moved(twice, enqueuing)).toEqual({
      'cse.ensureContainerd':
        'in before it waits until containerd.service is up, in after it ends earlier: the work moved out of it and was not saved',
      'unit.containerd.service': 'before restarts it, so this is its last start; after starts it once',
      'unit.containerd.service~1': 'only before has it: it was added, removed or renamed in after',
    });
  });

  it('has not moved if the step is only faster', () => {
    const faster = (index: number) =>
      boot([], [task('ensureContainerd', 100, 400 + index), unit('containerd.service', 150, 390)]);
    expect(moved(blocking, faster)).toEqual({});
  });

  it('has not moved for a step during which a unit happens to become ready', () => {
    const during = () => boot([], [task('configureK8s', 500, 950), unit('containerd.service', 200, 890)]);
    const apart = () => boot([], [task('configureK8s', 950, 990), unit('containerd.service', 200, 890)]);
    expect(moved(during, apart)).toEqual({});
  });

  it('has moved if a step is new or gone', () => {
    const renamed = () => boot([], [task('holdWALinuxAgent', 1, 2)]);
    const old = () => boot([], [task('aptmarkWALinuxAgent', 1, 2)]);
    expect(Object.keys(moved(old, renamed))).toEqual(['cse.aptmarkWALinuxAgent', 'cse.holdWALinuxAgent']);
  });

  it('has not moved if single boots lost an event', () => {
    const rare = (index: number) => (index === 0 ? boot([], [task('a', 1, 2)]) : boot([]));
    expect(moved(rare, () => boot([]))).toEqual({});
  });

  it('is unknown from a single boot', () => {
    expect(moved(blocking, enqueuing, 1)).toEqual({});
  });

  it('of the TLS event has moved if it counts from another moment', () => {
    const event = (startMs: number): Span => ({
      kind: 'tls-bootstrap',
      name: 'bootstrap-event',
      start: stamp(startMs),
      end: stamp(5000),
    });
    const from = (startMs: number) => (index: number) =>
      boot([], [event(startMs + index), unit('kubelet.service', 1000, 4000)]);
    expect(moved(from(200), from(950))).toEqual({
      'tls.bootstrap-event':
        'it starts counting 799 ms before kubelet.service was started in before, and 49 ms before it in after',
    });
    expect(moved(from(940), from(950))).toEqual({});
  });
});
