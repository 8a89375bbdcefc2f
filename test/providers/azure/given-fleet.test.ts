import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { GivenFile } from '../../../src/model/provider.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { closeEmpty, machinePuts, never, openLab } from '../../azure/fleets.ts';
import { azureScenario, blockRequests } from '../../azure/laboratory.ts';

const files: GivenFile[] = [{ kind: 'file', path: '/run/bench-trial/dose.sh', mode: 0o755, content: 'a dose\n' }];
const DOSE = Buffer.from('a dose\n').toString('base64');

/** A fleet whose machines have their own custom data, and a provisioning command. */
async function openWith(customData: string) {
  const lab = await openLab();
  const context = lab.context();
  writeFileSync(path.join(context.scenarioFolder, 'data'), customData);
  writeFileSync(path.join(context.scenarioFolder, 'command'), 'exit 0');
  const bootstrap = { kind: 'files', customData: 'data', command: 'command' };
  return { lab, fleet: await azure.open(azureScenario({}, { bootstrap }), context) };
}

describe('a fleet in Azure with files for a boot', () => {
  test('requests that machine with a boothook, runs its command with BASH_ENV, and leaves the other unchanged', async () => {
    const { lab, fleet } = await openWith('#cloud-boothook\n#!/bin/sh\ntrue\n');
    expect([fleet.gives, fleet.startsProvisioning]).toEqual([['first'], true]);
    const [one, other] = blockRequests(1);
    if (one === undefined || other === undefined) throw new Error('a block has two boots');
    const bashEnv = '/run/bench-trial/steps.sh';
    await Promise.all([fleet.boot({ ...one, files, bashEnv }, never), fleet.boot(other, never)]);
    const dataOf = (id: string) => {
      const put = machinePuts(lab).find(({ body }) => JSON.stringify(body).includes(`"bench-boot":"${id}"`));
      const [, data = ''] = /"customData":"([^"]*)"/.exec(JSON.stringify(put?.body)) ?? [];
      return Buffer.from(data, 'base64');
    };
    const parts = gunzipSync(dataOf(one.boot.id)).toString().split('\n\n').slice(1);
    expect(Buffer.from(parts[1] ?? '', 'base64').toString()).toContain(`echo ${DOSE} | base64 -d`);
    expect(dataOf(other.boot.id).toString()).toBe('#cloud-boothook\n#!/bin/sh\ntrue\n');
    const commands = lab.endpoint.log.flatMap(
      ({ body }) => /"commandToExecute":"([^"]*)"/.exec(JSON.stringify(body ?? null))?.[1] ?? [],
    );
    expect(commands.sort()).toEqual(['exit 0', "export BASH_ENV='/run/bench-trial/steps.sh'; exit 0"]);
    await closeEmpty(lab, fleet);
  });

  test('refuses them where Ignition reads the custom data', async () => {
    const { lab, fleet } = await openWith('{"ignition": {"version": "3.3.0"}}');
    expect(fleet.gives).toBeUndefined();
    await closeEmpty(lab, fleet);
  });
});
