/**
 * The programs in scenarios/examples, called as the provider calls them. QEMU's boot a real machine of one sector. Those of clouds
 * get answers in the form of their documentation, from a stand-in for the tool that records each request.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { programsOf } from '../../src/providers/command/programs.ts';
import { CommandScenario } from '../../src/providers/command/scenario.ts';
import { eventually, isOpen } from '../providers/qemu/lab.ts';
import { READY, tinyGuest } from '../providers/qemu/tiny-guest.ts';

const EXAMPLES = path.resolve('scenarios/examples');
const never = new AbortController().signal;

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'bench-examples-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const scenarioOf = (name: string): CommandScenario =>
  CommandScenario.parse(parse(readFileSync(path.join(EXAMPLES, name, `${name}.yaml`), 'utf8')));

function programs(name: string, environment: Readonly<Record<string, string>>, options: Record<string, unknown> = {}) {
  const { provider } = scenarioOf(name);
  const given = { ...provider, options: { ...provider.options, ...options } };
  return programsOf(
    given,
    { folder: path.join(EXAMPLES, name), environment: { PATH: process.env.PATH, ...environment } },
    (text) => text,
  );
}

const machine = { name: 'bench-12345678-0001-before', run: 'run-1' };
const order = (image: string) => ({
  ...{
    ...machine,
    scenario: 'example',
    deleteAfter: '2026-01-02T00:00:00Z',
    boot: '0001-before',
    variant: 'before',
    image,
  },
  ...{ user: 'root', sshPublicKey: 'ssh-ed25519 AAAA bench' },
});
const listed = { ...machine, scenario: 'example', deleteAfter: '2026-01-02T00:00:00Z' };

test('every example is a scenario whose programs exist', () => {
  const names = readdirSync(EXAMPLES).filter((name) => !name.includes('.'));
  expect(names.toSorted()).toEqual(['aws', 'gcloud', 'lxc', 'qemu', 'virsh']);
  for (const name of names) {
    const { provider } = scenarioOf(name);
    for (const [file = ''] of [provider.create, provider.destroy, provider.list])
      expect(existsSync(path.join(EXAMPLES, name, file))).toBe(true);
  }
});

describe('the programs for QEMU', () => {
  test('boot a machine, list it, and leave nothing of it', async () => {
    writeFileSync(path.join(home, 'disk.raw'), tinyGuest({ console: 'up', marker: READY, end: 'idle' }));
    const qemu = programs('qemu', { BENCH_QEMU: path.join(home, 'machines') }, { memory: '64M', format: 'raw' });
    const { answer } = await qemu.create(order(path.join(home, 'disk.raw')), never);
    const folder = path.join(home, 'machines', machine.name);
    try {
      expect(answer).toMatchObject({ host: '127.0.0.1', port: expect.any(Number) });
      expect(await isOpen(answer.port)).toBe(true);
      expect(await eventually(async () => readFileSync(path.join(folder, 'console.log'), 'utf8').includes('up'))).toBe(
        true,
      );
      expect(await qemu.list('run-1', never)).toEqual([listed]);
      expect(await qemu.list('run-2', never)).toEqual([]);
    } finally {
      await qemu.destroy(machine, never);
    }
    expect(await eventually(async () => !(await isOpen(answer.port)))).toBe(true);
    expect(existsSync(folder)).toBe(false);
    expect(await qemu.list(undefined, never)).toEqual([]);
    await qemu.destroy(machine, never);
  });
});

/** A tool that notes its arguments and prints what `answers` has for the first of its patterns that matches them. */
function standIn(tools: readonly string[], answers: readonly (readonly [string, string])[]): Record<string, string> {
  const bin = path.join(home, 'bin');
  mkdirSync(bin);
  const cases = answers.map(([pattern, text], index) => {
    writeFileSync(path.join(home, `${index}.txt`), text);
    return `  ${pattern}) cat ${home}/${index}.txt ;;`;
  });
  for (const tool of tools) {
    writeFileSync(
      path.join(bin, tool),
      `#!/bin/sh\necho "${tool} $*" >>${home}/asked\ncase "${tool} $*" in\n${cases.join('\n')}\nesac\n`,
    );
    chmodSync(path.join(bin, tool), 0o755);
  }
  return { PATH: `${bin}:${process.env.PATH}` };
}
const asked = () => readFileSync(path.join(home, 'asked'), 'utf8');

const tags = Object.entries({
  Name: machine.name,
  'bench-run': 'run-1',
  'bench-scenario': 'example',
  'bench-delete-after': listed.deleteAfter,
});
/** From awscli/examples/ec2/run-instances.rst of aws/aws-cli, "To launch an instance in EC2-VPC", shortened. It has no address yet. */
const launched = {
  ...{
    InstanceId: 'i-1231231230abcdef0',
    ImageId: 'ami-abc12345',
    InstanceType: 't2.micro',
    State: { Code: 0, Name: 'pending' },
  },
  ...{
    PublicDnsName: '',
    PrivateIpAddress: '10.0.0.157',
    PrivateDnsName: 'ip-10-0-0-157.ec2.internal',
    ClientToken: '',
  },
  ...{ Placement: { Tenancy: 'default', GroupName: '', AvailabilityZone: 'us-east-1a' }, ProductCodes: [] },
};
const instance = {
  ...launched,
  ...{ State: { Code: 16, Name: 'running' }, PublicIpAddress: '198.51.100.7' },
  Tags: tags.map(([Key, Value]) => ({ Key, Value })),
};
const described = JSON.stringify({ run: 'run-1', scenario: 'example', deleteAfter: listed.deleteAfter });
/** The resource of cloud.google.com/compute/docs/reference/rest/v1/instances, which gcloud prints as it is. */
const project = 'https://www.googleapis.com/compute/v1/projects/p';
const engine = {
  ...{ kind: 'compute#instance', id: '42', name: machine.name, status: 'RUNNING', description: described },
  ...{
    machineType: `${project}/zones/europe-west4-a/machineTypes/n2-standard-2`,
    zone: `${project}/zones/europe-west4-a`,
  },
  networkInterfaces: [
    {
      ...{ kind: 'compute#networkInterface', name: 'nic0', networkIP: '10.164.0.2' },
      accessConfigs: [
        { kind: 'compute#accessConfig', type: 'ONE_TO_ONE_NAT', name: 'External NAT', natIP: '198.51.100.7' },
      ],
    },
  ],
};
/** Another user made it: no description, no external address. */
const otherEngine = {
  ...engine,
  name: 'web',
  description: 'front end',
  networkInterfaces: [{ networkIP: '10.164.0.3' }],
};
/** `Instance` and `InstanceState` of LXD's REST API (documentation.ubuntu.com/lxd, /1.0/instances?recursion=2). */
const container = {
  ...{ name: machine.name, type: 'virtual-machine', status: 'Running', config: { 'user.bench': described } },
  state: {
    network: {
      enp5s0: {
        addresses: [
          { family: 'inet', address: '10.0.0.7', netmask: '24', scope: 'global' },
          { family: 'inet6', address: 'fe80::216:3eff:fe1', netmask: '64', scope: 'link' },
        ],
      },
      lo: { addresses: [{ family: 'inet', address: '127.0.0.1', netmask: '8', scope: 'local' }] },
    },
  },
};
const otherContainer = { ...container, name: 'bench-press', config: {} };
/** The tables of virsh(1). */
const addresses = ` Name       MAC address          Protocol     Address
-------------------------------------------------------------------------------
 vnet0      52:54:00:8f:f2:d5    ipv4         192.168.122.62/24

`;

describe('the programs for a cloud', () => {
  test.each([
    [
      'aws',
      ['aws'],
      [
        ['*run-instances*', JSON.stringify({ Instances: [launched] })],
        ['*describe-instances*', JSON.stringify({ Reservations: [{ Instances: [instance] }] })],
      ],
      { host: '198.51.100.7', id: 'i-1231231230abcdef0', facts: { type: 't2.micro', zone: 'us-east-1a' } },
      'terminate-instances --output json --instance-ids i-1231231230abcdef0',
    ],
    [
      'gcloud',
      ['gcloud'],
      [
        ['*create*', JSON.stringify([engine])],
        ['*list*', JSON.stringify([engine, otherEngine])],
      ],
      { host: '198.51.100.7', id: '42', facts: { type: 'n2-standard-2', zone: 'europe-west4-a' } },
      `delete ${machine.name} --quiet`,
    ],
    [
      'virsh',
      ['virsh', 'virt-install', 'qemu-img'],
      [
        ['*domifaddr*', addresses],
        ['*domuuid*', '8f2c\n\n'],
        ['*desc?bench-press', 'No description for domain: bench-press'],
        ['*desc*', described],
        ['*list*', `bench-press\n${machine.name}\n\n`],
      ],
      { host: '192.168.122.62', id: '8f2c' },
      `virsh undefine ${machine.name} --nvram`,
    ],
    [
      'lxc',
      ['lxc'],
      [['*list*', JSON.stringify([otherContainer, container])]],
      { host: '10.0.0.7' },
      `delete --force ${machine.name}`,
    ],
  ] as const)(
    '%s report the output of their tool, and skip machines of other owners',
    async (name, tools, answers, answer, ending) => {
      const cloud = programs(name, standIn(tools, answers), name === 'virsh' ? { pool: home } : {});
      expect((await cloud.create(order('image-1'), never)).answer).toMatchObject(answer);
      expect(asked()).toContain('image-1');
      expect(asked()).toContain(machine.name);
      expect(await cloud.list('run-1', never)).toEqual([expect.objectContaining(listed)]);
      await cloud.destroy(machine, never);
      expect(asked()).toContain(ending);
    },
  );

  test('virsh puts its stored data between quotes that virt-install takes off, commas and all', async () => {
    const answers = [
      ['*domifaddr*', addresses],
      ['*domuuid*', '8f2c'],
    ] as const;
    const cloud = programs('virsh', standIn(['virsh', 'virt-install', 'qemu-img'], answers), { pool: home });
    await cloud.create(order('image-1'), never);
    // As parse_optstr_tuples of virtinst/cli.py reads it: without the quotes it would keep {run:run-1,scenario:example}, which list passes over.
    const [, kept = ''] = /--metadata description='([^']*)' /.exec(asked()) ?? [];
    expect(JSON.parse(kept)).toEqual({ run: 'run-1', scenario: 'example', deleteAfter: listed.deleteAfter });
  });
});
