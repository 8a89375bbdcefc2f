import { describe, expect, test } from 'vitest';
import { impossible, trialFiles } from '../../../src/guest/trial/files.ts';
import type { Intervention } from '../../../src/model/trial.ts';
import { us } from '../../../src/model/units.ts';

const place = { provisionedBy: 'node-provisioning.service', readyFile: '/run/ready' };
const files = (...interventions: Intervention[]) =>
  new Map(
    trialFiles(interventions, place).map((file) => [
      file.path,
      file.kind === 'file' ? file.content : `-> ${file.target}`,
    ]),
  );

describe('the files of a trial on a machine', () => {
  test('make a service sleep in a drop-in of this boot alone, outside of its sandbox', () => {
    const given = files({ action: 'sleep', item: 'unit:ssh.service', us: us(2_000_000) });
    expect(given.get('/run/systemd/system/ssh.service.d/90-bench-trial.conf')).toMatch(
      /^\[Service\]\nExecStartPre=\+\/bin\/sh \/run\/bench-trial\/dose\.sh 0 sleep 2\.000000 2000000000\n#+\n$/,
    );
    expect(given.get('/run/bench-trial/dose.sh')).toContain('sleep)');
  });

  test('make a target, a mount, a socket wait for a helper that starts before it', () => {
    const given = files({ action: 'spin', item: 'unit:network.target', us: us(500_000) });
    expect(given.get('/run/systemd/system/bench-trial-0.service')).toMatch(
      /Before=network\.target[\s\S]*spin 0\.500000 500000000/,
    );
    expect(given.get('/run/systemd/system/network.target.wants/bench-trial-0.service')).toBe(
      '-> ../bench-trial-0.service',
    );
  });

  test('give a skipped unit a condition that never holds, and a deferred one a condition that holds once the machine is ready', () => {
    const given = files({ action: 'mask', item: 'unit:a.service' }, { action: 'defer', item: 'unit:b.service' });
    expect(given.get('/run/systemd/system/a.service.d/90-bench-trial.conf')).toContain(
      'ConditionPathExists=/run/bench-trial/never',
    );
    expect(given.get('/run/systemd/system/b.service.d/90-bench-trial.conf')).toContain(
      'ConditionPathExists=/run/bench-trial/deferred',
    );
    expect(given.get('/run/bench-trial/deferred.sh')).toMatch(
      /-e '\/run\/ready'.*systemctl start --no-block 'b\.service'/,
    );
  });

  test('plan steps in the environment of the unit that provisions, each by its number', () => {
    const given = files(
      { action: 'inert', item: 'unit:x.service' },
      { action: 'skip', item: 'task:ensureKubelet.inner' },
      { action: 'sleep', item: 'task:other', us: us(1_500_000) },
    );
    expect(given.get('/run/systemd/system/node-provisioning.service.d/91-bench-trial-steps.conf')).toMatch(
      /^\[Service\]\nEnvironment=BASH_ENV=\/run\/bench-trial\/steps\.sh\n#+\n$/,
    );
    const steps = given.get('/run/bench-trial/steps.sh');
    expect(steps).toContain("'ensureKubelet.inner') bench_do='1 skip' ;;");
    expect(steps).toContain("'other') bench_do='2 sleep 1.500000' ;;");
  });

  test('have the same names and sizes in trials that differ in amounts alone', () => {
    const sizes = (...interventions: Intervention[]) =>
      [...files(...interventions)].map(([path, content]) => [path, content.length]);
    const none = sizes({ action: 'inert', item: 'unit:a.service' });
    expect(none.map(([path]) => path)).toContain('/run/bench-trial/steps.sh');
    expect(sizes({ action: 'sleep', item: 'unit:a.service', us: us(2_000_000) })).toEqual(none);
    expect(sizes({ action: 'mask', item: 'unit:a.service' })).toEqual(none);
    expect(
      sizes({ action: 'sleep', item: 'task:a', us: us(2_000_000) }, { action: 'inert', item: 'unit:a.service' }),
    ).toEqual(none);
  });

  test('are none where a trial can do nothing', () => {
    expect(trialFiles([{ action: 'sleep', item: 'unit:dev-sda.device', us: us(1) }], place)).toEqual([]);
  });
});

describe('an explanation of impossible actions', () => {
  const why = (action: Intervention['action'], item: string, provisionedBy: string | undefined = 'p.service') =>
    impossible({ action, item }, { provisionedBy, readyFile: undefined });

  test('covers devices, names that no other boot has, steps where nothing provisions, and the wrong action', () => {
    expect(why('sleep', 'unit:dev-sda.device')).toMatch(/appears by itself/);
    expect(why('sleep', 'unit:mnt-UUID.mount')).toMatch(/differs in every boot/);
    expect(impossible({ action: 'skip', item: 'task:a' }, { provisionedBy: undefined, readyFile: undefined })).toMatch(
      /no unit of this boot/,
    );
    expect(why('mask', 'task:a')).toMatch(/skip it/);
    expect(why('skip', 'unit:a.service')).toMatch(/mask it/);
    expect(why('sleep', 'wait:x')).toMatch(/neither a unit nor a provisioning step/);
    expect(why('sleep', 'unit:a.service')).toBeUndefined();
  });
});
