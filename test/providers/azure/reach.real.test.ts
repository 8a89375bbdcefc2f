import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { collect } from '../../../src/guest/collect.ts';
import type { Machine } from '../../../src/model/provider.ts';
import { ms } from '../../../src/model/units.ts';
import { azure } from '../../../src/providers/azure/kind.ts';
import { bootBlocks } from '../../../src/stages/boot/blocks.ts';
import { runFolder } from '../../../src/store/run-folder.ts';
import { type FakeBastion, startBastion } from '../../azure/bastion.ts';

import { azureScenario, blockRequests, fastTimer, type Laboratory, laboratory } from '../../azure/laboratory.ts';
import { judge, noDocuments, readDocuments } from '../../azure/openapi.ts';
import type { CommandResult, Power, StandIn } from '../../azure/power.ts';
import { type Sshd, startSshd, until } from '../../support/sshd.ts';
import { realTimer } from '../../support/timer.ts';

/** The way to a machine, from the scenario to its sshd: the provider makes the target, the guest code connects. */

const never = new AbortController().signal;
const SUBNET = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n';
const BASTION =
  '/subscriptions/00000000-1111-4222-8333-444444444444/resourceGroups/hub/providers/Microsoft.Network/bastionHosts/hub';

let lab: Laboratory | undefined;
let bastion: FakeBastion | undefined;
const running: Sshd[] = [];
afterEach(async () => {
  await lab?.close();
  await bastion?.close();
  for (const sshd of running.splice(0)) await sshd.stop();
  [lab, bastion] = [undefined, undefined];
});

/** A real sshd behind each machine, which accepts the key in Azure's request; the console may show the host key. */
function sshdPower(ports: Map<string, number>, printsKey = true): Power {
  return async ({ name, publicKey }) => {
    const sshd = await startSshd();
    running.push(sshd);
    appendFileSync(path.join(sshd.folder, 'authorized_keys'), `${publicKey}\n`);
    ports.set(name, sshd.target.port);
    const hostKey = readFileSync(path.join(sshd.folder, 'host.pub'), 'utf8');
    const printed = `-----BEGIN SSH HOST KEY KEYS-----\n${hostKey}-----END SSH HOST KEY KEYS-----\n`;
    return { door: sshd.target, console: () => (printsKey ? printed : ''), stop: () => undefined };
  };
}

const bastionDocument = (endpoint: string, changes: object = {}) => ({
  [BASTION]: {
    id: BASTION,
    name: 'hub',
    type: 'Microsoft.Network/bastionHosts',
    location: 'westus3',
    sku: { name: 'Standard' },
    properties: { dnsName: endpoint, enableTunneling: true, ...changes },
  },
});

async function bastionLab(printsKey = true, changes: object = {}) {
  const ports = new Map<string, number>();
  lab = await laboratory({ power: sshdPower(ports, printsKey) });
  const portOf = (id: string) => ports.get(id.split('/').at(-1) ?? '');
  bastion = await startBastion({ certificate: lab.certificate, token: 'a.b.c', portOf });
  Object.assign(lab.catalogue.documents, bastionDocument(bastion.endpoint, changes));
  const provider = { user: userInfo().username, subnet: SUBNET, reach: { kind: 'bastion', id: BASTION } };
  return { lab, bastion, ports, provider };
}

const read = async ({ ssh }: Machine) => {
  const requests = [{ path: 'a', command: 'echo inside', collector: 'test', maxBytes: 100 }];
  const collected = await collect(ssh, requests, { timer: realTimer, reachWithinMs: ms(5000) }, never);
  return { text: new TextDecoder().decode(collected.artifacts[0]?.bytes), key: collected.hostKeySha256 };
};

/** Boots one block through the boot stage, into a run folder. */
async function bootOneBlock(lab: Laboratory, provider: object) {
  const fleet = await azure.open(azureScenario(provider), lab.context());
  const folder = runFolder(path.join(lab.folder, 'run'));
  const journal = await folder.openJournal(() => '2026-01-01T00:00:00Z');
  const blocks = [{ block: 1, seed: 1, boots: blockRequests(1).map(({ boot }) => boot) }];
  const plan = { blocks, concurrency: 2, collectWithinMs: ms(30_000), reachWithinMs: ms(5000) };
  const watcher = { changed: () => {}, gaveUp: () => {} };
  const requests = [{ path: 'a', command: 'echo inside', collector: 'test', maxBytes: 100 }];
  await bootBlocks(plan, { folder, journal, fleet, requests, timer: realTimer, watcher }, never);
  await journal.close();
  await fleet.close();
  return folder;
}

describe('a machine behind a Bastion', () => {
  test('answers through its tunnel, and no session and no machine remains', async () => {
    const { lab, bastion, provider } = await bastionLab();
    const fleet = await azure.open(azureScenario(provider), lab.context());
    const machines = await Promise.all(blockRequests(1).map((request) => fleet.boot(request, never)));
    for (const machine of machines) {
      expect(machine.facts).toMatchObject({ reach: 'bastion', hostKey: 'pinned' });
      expect((await read(machine)).text).toBe('inside\n');
      await machine.destroy();
    }
    expect(bastion.log.slice(0, 2)).toEqual(['POST /api/tokens', 'GET /webtunnelv2/tunnel%2F1']);
    await until(
      () => bastion.left() === 0,
      () => 'a session was left',
    );
    await fleet.close();
    expect(lab.endpoint.left()).toEqual([]);
  });

  test('whose key cloud-init did not print gets trust on first use, and its record reports that with the key', async () => {
    const { lab, provider } = await bastionLab(false);
    const folder = await bootOneBlock(lab, provider);
    const { outcome, machine } = await folder.readOutcome('0001-before');
    expect([outcome, machine.hostKey]).toEqual(['booted', 'trust-on-first-use']);
    const shown = running.map(({ target }) => target.hostKey.kind === 'pinned' && target.hostKey.sha256);
    expect(shown).toContain(machine.hostKeySha256);
  });

  test('that gives no session is a failure to reach it, with what to do', async () => {
    const { lab, ports, provider } = await bastionLab();
    const fleet = await azure.open(azureScenario(provider), lab.context());
    const [machine] = await Promise.all(blockRequests(1).map((request) => fleet.boot(request, never)));
    ports.clear();
    await expect(machine && read(machine)).rejects.toMatchObject({
      failure: {
        code: 'ssh-unreachable',
        message: expect.stringMatching(
          /^the Bastion hub opens no tunnel to 127.1.0.2:22: it returned no session \(HTTP 400\)/,
        ),
        hint: expect.stringContaining('Reader'),
      },
    });
    await fleet.close();
  });

  test('that opens no tunnels ends the run before it makes anything', async () => {
    const { lab, provider } = await bastionLab(true, { enableTunneling: false });
    await expect(azure.open(azureScenario(provider), lab.context())).rejects.toMatchObject({
      kind: 'usage',
      message: 'The Bastion hub (Standard) does not support tunnels.',
    });
    expect(lab.endpoint.left()).toEqual([]);
  });
});

describe('a machine behind a jump host', () => {
  const KEY = 'SHA256:k1dEXYDc1fBR4qzBVGjsmwkZ3zHFQAcNpWwiEdRVYNc';
  const reach = { kind: 'jump', host: 'jump.example', user: 'me', hostKey: KEY };

  test('answers at its private address, with the key that the environment names', async () => {
    lab = await laboratory({ environment: { BENCH_JUMP_KEY_FILE: 'jump.key' } });
    writeFileSync(path.join(lab.folder, 'jump.key'), 'the key');
    const fleet = await azure.open(azureScenario({ reach, subnet: SUBNET }), lab.context());
    const [machine] = await Promise.all(blockRequests(1).map((request) => fleet.boot(request, never)));
    const target = { host: 'jump.example', port: 22, user: 'me', privateKey: 'the key' };
    expect(machine?.ssh).toMatchObject({
      host: '127.1.0.2',
      via: { kind: 'jump', target: { ...target, hostKey: { kind: 'pinned', sha256: KEY } } },
    });
    const put = lab.endpoint.log.find(({ method, path }) => method === 'PUT' && /virtualMachines\/[^/]+$/.test(path));
    expect(JSON.stringify(put?.body)).not.toContain('publicIPAddressConfiguration');
    await fleet.close();
  });

  test('whose key bench cannot read ends the run before it makes anything', async () => {
    lab = await laboratory();
    const refusal = (keyFile?: string) =>
      azure
        .open(
          azureScenario({ reach: { ...reach, ...(keyFile && { keyFile }) }, subnet: SUBNET }),
          (lab as Laboratory).context(),
        )
        .then(String, (cause: Error) => cause.message);
    expect(await refusal()).toBe('No key is set for the jump host.');
    expect(await refusal('none.key')).toMatch(/^The key of the jump host: Could not read .*none\.key/);
    expect(lab.endpoint.left()).toEqual([]);
  });
});

describe('a machine without SSH', () => {
  const shell = (script: string) =>
    new Promise<CommandResult>((resolve) => {
      execFile('sh', ['-c', script], (error, output) => resolve({ exitCode: Number(error?.code ?? 0), output }));
    });
  /** Nothing listens; the guest agent, if any, is the shell of this computer. */
  const agentPower =
    (run?: StandIn['run']): Power =>
    async () => ({ ...(run && { run }), console: () => '', stop: () => undefined });

  test('gives its artifacts through run commands, by way of a storage account that goes with the run', async () => {
    lab = await laboratory({ power: agentPower(shell), timer: fastTimer(10) });
    const folder = await bootOneBlock(lab, { reach: { kind: 'run-command' } });
    const { outcome, machine, marks } = await folder.readOutcome('0001-before');
    expect([outcome, machine.reach, machine.hostKey]).toEqual(['booted', 'run-command', undefined]);
    expect(marks.map(({ id }) => id)).not.toContain('outside.ssh');
    const raw = await folder.readRaw('0001-before');
    expect(new TextDecoder().decode(raw.get('a'))).toBe('inside\n');
    const [guard] = asked(lab, /networkSecurityGroups\/bench$/);
    expect(guard?.body).toMatchObject({ properties: { securityRules: [] } });
    expect(asked(lab, /storageAccounts\/bench[0-9a-f]{19}$/)).toHaveLength(1);
    expect(lab.endpoint.left()).toEqual([]);
    if (noDocuments()) return;
    const calls = lab.endpoint.log.filter(({ path }) => /\/runCommands\//.test(path));
    expect(calls.flatMap((call) => judge(readDocuments(), call) ?? ['unknown'])).toEqual([]);
  });

  test('and without a guest agent is a failure that names the cause', async () => {
    lab = await laboratory({ power: agentPower() });
    const folder = await bootOneBlock(lab, { reach: { kind: 'run-command' } });
    expect((await folder.readOutcome('0001-before')).failure).toMatchObject({
      stage: 'collect',
      code: 'collect-failed',
      message: 'The run command failed: it ended without output',
      hint: expect.stringContaining('guest agent'),
    });
    expect(lab.endpoint.left()).toEqual([]);
  });

  const asked = ({ endpoint }: Laboratory, what: RegExp) =>
    endpoint.log.filter(({ method, path }) => method === 'PUT' && what.test(path));
});
