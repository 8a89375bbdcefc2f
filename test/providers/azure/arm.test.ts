import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import { ms } from '../../../src/model/units.ts';
import { connect } from '../../../src/providers/azure/account/subscription.ts';
import { pacer } from '../../../src/providers/cloud/pacer.ts';
import { azureScenario, type Laboratory, laboratory } from '../../azure/laboratory.ts';
import { until } from '../../support/sshd.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const signal = new AbortController().signal;

describe('the connection to the resource manager', () => {
  test('releases a finished request long before its timeout', async () => {
    lab = await laboratory();
    const { environment, scenarioFolder: folder, timer } = lab.context();
    const arm = await connect(azureScenario().provider, { environment, folder, timer });
    const made: WeakRef<ClientRequest>[] = [];
    const see = (message: unknown) => void made.push(new WeakRef((message as { request: ClientRequest }).request));
    subscribe('http.client.request.start', see);
    for (let count = 0; count < 40; count++)
      await arm.compute.virtualMachines.get('none', 'none', { abortSignal: signal }).catch(() => undefined);
    unsubscribe('http.client.request.start', see);
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const held = () => {
      collect();
      return made.filter((request) => request.deref() !== undefined).length;
    };
    expect(made.length).toBeGreaterThanOrEqual(40);
    // The open keep-alive socket refers to its last request.
    await until(
      () => held() < 5,
      () => `${held()} of ${made.length} requests are still held`,
    );
  });
});

describe('the pacer', () => {
  test('never releases two requests at one moment: it spaces answers that arrive together', async () => {
    const slept: number[] = [];
    const turn = pacer(3, 10, { nowMs: () => ms(1000), sleep: async (duration) => void slept.push(duration) });
    for (let count = 0; count < 5; count++) await turn(signal);
    // The first request goes at once, three in all from the full bucket, then ten a second.
    expect(slept).toEqual([20, 40, 100, 200]);
  });
});
