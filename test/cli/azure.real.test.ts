import { type ChildProcess, execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runFolder } from '../../src/store/run-folder.ts';
import { GALLERY, provider, SUBSCRIPTION, usage } from '../azure/catalogue.ts';
import { KUBELET_IDENTITY, NODE_GROUP, NODE_SUBNET, nodeGroup, OUTBOUND_POOL } from '../azure/cluster.ts';
import { type Laboratory, type LaboratoryOptions, laboratory } from '../azure/laboratory.ts';
import { until } from '../support/sshd.ts';

/** What the command line shows a user of Azure before bench makes any machine. */

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const BENCH = path.resolve('dist/bench.js');

/** A laboratory with a scenario in it, and bench in its folder. */
async function place(options: LaboratoryOptions = {}) {
  const made = await laboratory(options);
  lab = made;
  const provider = {
    kind: 'azure',
    location: 'westus3',
    sizes: ['Standard_D4s_v5'],
    credentials: 'environment',
    reach: { kind: 'public', from: '203.0.113.4/32' },
  };
  const variants = { before: { image: `${GALLERY}/versions/1.1.9` }, after: { image: `${GALLERY}/versions/1.1.10` } };
  const scenario = { name: 'small', provider, variants, blocks: 3, concurrency: 1 };
  writeFileSync(path.join(made.folder, 'small.yaml'), JSON.stringify(scenario));
  const own = { ...made.context().environment, BENCH_CACHE: path.join(made.folder, 'cache') };
  /** Passes the process to `started`, so that a test can send it a signal. */
  const bench = (
    args: readonly string[],
    changes: Readonly<Record<string, string>> = {},
    started: (child: ChildProcess) => void = () => {},
  ) =>
    new Promise<Ended>((resolve) => {
      const env = { PATH: process.env.PATH, HOME: made.folder, NO_COLOR: '1', ...own, ...changes };
      const command = [BENCH, ...args];
      const child = execFile(process.execPath, command, { cwd: made.folder, env }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      started(child);
    });
  return { lab: made, bench };
}

const PLAN = ['plan', '--scenario', './small.yaml', '--seed', '1'];
const asked = ({ endpoint }: Laboratory, what: RegExp) => endpoint.log.filter(({ path }) => what.test(path)).length;

describe('a plan for Azure', () => {
  test('prints machines, minutes, exact images, quota and cost, and creates nothing', async () => {
    const { lab, bench } = await place();
    const { code, stdout } = await bench(PLAN);
    expect(stdout.split('\n').slice(0, 6)).toEqual([
      'small: 6 boots in 3 blocks, 2 at a time, seed 1',
      'about 12 min of booting (240 s a boot)',
      expect.stringMatching(
        /^24 machine-minutes, about 0\.10 USD at 0\.25 an hour \(Standard_D4s_v5, list price of \d{4}-\d\d-\d\d; /,
      ),
      `image before: ${GALLERY}/versions/1.1.9`,
      `image after: ${GALLERY}/versions/1.1.10`,
      'quota Standard_D4s_v5: needs 8 vCPUs of standardDSv5Family of 4000 free (4000)',
    ]);
    expect(code).toBe(0);
    const dry = await bench(['run', '--dry-run', ...PLAN.slice(1)]);
    expect(dry.stdout).toBe(stdout.replace(/To estimate power.*\n/, ''));
    expect(lab.endpoint.log.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  test('requests a price once a day, and requests nothing with --offline', async () => {
    const { lab, bench } = await place();
    await bench(PLAN);
    await bench(PLAN);
    expect(asked(lab, /prices/)).toBe(1);
    const before = lab.endpoint.log.length;
    const { code, stdout } = await bench([...PLAN, '--offline']);
    expect(stdout).toContain('24 machine-minutes, price unknown\nimages, sizes and quota are not checked: --offline');
    expect([code, lab.endpoint.log.length]).toEqual([0, before]);
  });

  test('works when the price list does not answer, and without a token', async () => {
    const { bench } = await place();
    const { code, stdout } = await bench(PLAN, {
      BENCH_AZURE_PRICES: 'https://127.0.0.1:1',
      AZURE_CLIENT_SECRET: '',
    });
    expect(stdout).toMatch(/^24 machine-minutes, price unknown$/m);
    expect(stdout).toMatch(/^images, sizes and quota are not checked: The environment variable AZURE_CLIENT_SECRET/m);
    expect(code).toBe(0);
  });

  test('reports that bench would refuse the run, with the exit code of that run', async () => {
    const { bench } = await place({ catalogue: { usages: [usage('cores', 96, 100)] } });
    const { code, stdout } = await bench([...PLAN, '--json']);
    expect(JSON.parse(stdout).cloud).toMatchObject({ machineMinutes: 24, usd: 0.1, prospect: { kind: 'refused' } });
    expect((await bench(PLAN)).stdout).toMatch(
      /^would be refused: The quota is too small for 2 machines at a time\. .*: 8 vCPUs in total are needed, 4 of 100 are free\.\n {2}Lower/m,
    );
    expect(code).toBe(3);
  });
});

describe('a run in Azure that cannot begin ends with one line and what to do, and creates nothing', () => {
  const NOBODY = { AZURE_CLIENT_SECRET: '' };
  const OTHER = { AZURE_SUBSCRIPTION_ID: '99999999-0000-4000-8000-000000000000' };
  const set = (path: string, value: string) => ['--set', `${path}=${value}`];
  test.each<[string, LaboratoryOptions, readonly string[], Readonly<Record<string, string>>, number, RegExp]>([
    ['without credentials', {}, [], NOBODY, 2, /AZURE_CLIENT_SECRET is not set/],
    [
      'without anybody signed in',
      {},
      set('provider.credentials', 'default'),
      { ...NOBODY, PATH: '/nowhere' },
      3,
      /No token for Azure: nobody is signed in here/,
    ],
    ['without a subscription', {}, [], { AZURE_SUBSCRIPTION_ID: '' }, 2, /Which subscription\?/],
    ['in the wrong subscription', {}, [], OTHER, 3, /Subscription 99999999-.* cannot be used/],
    ['in a disabled subscription', { catalogue: { state: 'Disabled' } }, [], {}, 3, /is Disabled/],
    [
      'with an image that is not in the region',
      {},
      ['--after', `${GALLERY}/versions/1.3.0`],
      {},
      2,
      /1\.3\.0 is not replicated to westus3, only to East US/,
    ],
    [
      'with an image that is nowhere',
      {},
      ['--after', `${GALLERY}/versions/9.9.9`],
      {},
      2,
      /There is no image .*9\.9\.9/,
    ],
    [
      'with a quota of nothing',
      { catalogue: { usages: [usage('standardDSv5Family', 0, 0)] } },
      [],
      {},
      3,
      /8 vCPUs of standardDSv5Family are needed, 0 of 0 are free/,
    ],
    ['with a size that is not there', { catalogue: { skus: [] } }, [], {}, 2, /this size does not exist in westus3/],
  ])('%s', async (_, options, args, environment, code, message) => {
    const { lab, bench } = await place(options);
    const ended = await bench(['run', '--scenario', './small.yaml', ...args], environment);
    const [line, hint, ...more] = ended.stderr.split('\n').filter((text) => !/^\d+:\d\d {2}/.test(text));
    expect(line).toMatch(/^bench: /);
    expect(line).toMatch(message);
    expect(hint).toMatch(/^ {7}\S/);
    expect([ended.code, more]).toEqual([code, ['']]);
    expect(lab.endpoint.log.filter(({ method }) => method === 'PUT' || method === 'DELETE')).toEqual([]);
  });

  test('with an expired token', async () => {
    const { lab, bench } = await place();
    const path = /^\/subscriptions\/[^/]+$/;
    const code = 'ExpiredAuthenticationToken';
    lab.endpoint.faults.add({ method: 'GET', path, kind: 'answer', status: 401, code, times: 9 });
    const ended = await bench(['run', '--scenario', './small.yaml']);
    expect(ended.stderr).toMatch(
      /^bench: Subscription .* cannot be used: ExpiredAuthenticationToken: .*\n {7}Azure rejected the token: sign in again/m,
    );
    expect([ended.code, lab.endpoint.left()]).toEqual([3, []]);
  });
});

describe('bench doctor --scenario', () => {
  const DOCTOR = ['doctor', '--scenario', './small.yaml'];

  test('finds a subscription that is ready, and says how to continue', async () => {
    const { lab, bench } = await place();
    const { code, stdout } = await bench(DOCTOR);
    expect(stdout.split('\n')).toEqual([
      'ok       credentials        environment: a token was given',
      `ok       subscription       ${lab.catalogue.subscription}`,
      'ok       permissions        all that a run needs',
      'ok       Microsoft.Compute  registered',
      'ok       Microsoft.Network  registered',
      `ok       image before       ${GALLERY}/versions/1.1.9`,
      `ok       image after        ${GALLERY}/versions/1.1.10`,
      'ok       quota              Standard_D4s_v5: 8 vCPUs of standardDSv5Family are needed, 4000 of 4000 are free',
      '',
      'Ready: bench run --scenario ./small.yaml',
      '',
    ]);
    expect([code, lab.endpoint.log.filter(({ method }) => method === 'PUT')]).toEqual([0, []]);
  });

  test('says what to do about each missing thing', async () => {
    const { lab, bench } = await place({ catalogue: { usages: [usage('cores', 0, 4)] } });
    const network = provider('Microsoft.Network');
    const reader = [
      { actions: ['*/read', 'Microsoft.Compute/*'], notActions: ['Microsoft.Compute/virtualMachines/d*te'] },
    ];
    Object.assign(lab.catalogue.documents, {
      [network]: { id: network, registrationState: 'NotRegistered' },
      [`${provider('Microsoft.Authorization')}/permissions`]: { value: reader },
    });
    const { code, stdout } = await bench([...DOCTOR, '--json']);
    const { ready, findings } = JSON.parse(stdout);
    expect([code, ready]).toEqual([3, false]);
    expect(findings.filter(({ state }: { state: string }) => state === 'missing')).toMatchObject([
      {
        check: 'permissions',
        says: expect.stringMatching(
          /lacks the permissions Microsoft.Resources\/subscriptions\/resourceGroups\/write, .*\/delete, Microsoft.Compute\/virtualMachines\/delete, Microsoft.Network\/virtualNetworks\/write/,
        ),
        todo: expect.stringContaining('az role assignment create --role Contributor'),
      },
      { check: 'Microsoft.Network', todo: 'az provider register --namespace Microsoft.Network' },
      { check: 'images and quota', says: expect.stringContaining('8 vCPUs in total are needed, 4 of 4 are free') },
    ]);
  });

  /** Rights on the cluster's group and on nothing else that machines join; on the subscription, only the right to read. */
  async function inCluster(rights: (scope: string) => readonly string[]) {
    const { lab, bench } = await place();
    const { group, inside } = nodeGroup();
    lab.endpoint.plant(group, inside);
    const file = path.join(lab.folder, 'small.yaml');
    const scenario = JSON.parse(readFileSync(file, 'utf8')) as { provider: object };
    const provider = { ...scenario.provider, machine: 'scale-set', group: { name: NODE_GROUP, existing: true } };
    writeFileSync(file, JSON.stringify({ ...scenario, provider }));
    const ofGroup = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${NODE_GROUP}`;
    const granted = (scope: string, actions: readonly string[]) =>
      [`${scope}/providers/Microsoft.Authorization/permissions`, { value: [{ actions }] }] as const;
    Object.assign(
      lab.catalogue.documents,
      Object.fromEntries([
        granted(`/subscriptions/${SUBSCRIPTION}`, ['*/read']),
        ...[ofGroup, NODE_SUBNET, OUTBOUND_POOL, KUBELET_IDENTITY].map((scope) => granted(scope, rights(scope))),
      ]),
    );
    const { code, stdout } = await bench([...DOCTOR, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { check: string; says: string; todo?: string }[] };
    return { code, found: findings.filter(({ check }) => check === 'permissions') };
  }

  test("in a cluster's group, needs only a role on that group, not the right to create groups", async () => {
    expect(await inCluster(() => ['*'])).toEqual({
      code: 0,
      found: [{ check: 'permissions', state: 'ok', says: 'all that a run needs' }],
    });
  });

  test('in the group of another team, names each scope that lacks a right, and the role that grants it', async () => {
    const { code, found } = await inCluster(() => ['*/read']);
    expect(code).toBe(3);
    expect(found.map(({ says, todo }) => [says.replace('this identity lacks the permissions ', ''), todo])).toEqual([
      [
        expect.stringMatching(
          /^Microsoft\.Compute\/virtualMachineScaleSets\/write, .*networkSecurityGroups\/delete on MC_team_cluster_westus3$/,
        ),
        expect.stringMatching(
          /--role Contributor --scope \/subscriptions\/[^/]+\/resourcegroups\/MC_team_cluster_westus3 /,
        ),
      ],
      [
        'Microsoft.Network/virtualNetworks/subnets/join/action on aks-subnet',
        expect.stringContaining(`--role "Network Contributor" --scope ${NODE_SUBNET} `),
      ],
      [
        'Microsoft.Network/loadBalancers/backendAddressPools/join/action on aksOutboundBackendPool',
        expect.stringContaining(OUTBOUND_POOL),
      ],
      [
        'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on cluster-agentpool',
        expect.stringContaining('"Managed Identity Operator"'),
      ],
    ]);
    expect(JSON.stringify(found)).not.toMatch(
      /resourceGroups\/(write|delete)|virtualNetworks\/write|networkInterfaces/,
    );
  });

  test('reports a group that does not exist before a run does', async () => {
    const { lab, bench } = await place();
    const file = path.join(lab.folder, 'small.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('"reach"', '"group":{"name":"MC_gone","existing":true},"reach"'),
    );
    for (const args of [DOCTOR, PLAN]) {
      const { code, stdout, stderr } = await bench(args);
      expect(stdout + stderr).toMatch(/There is no resource group MC_gone in subscription/);
      expect(code).not.toBe(0);
    }
  });

  test('stops at the first problem that prevents every further request', async () => {
    const { bench } = await place();
    const { code, stdout } = await bench(DOCTOR, { AZURE_SUBSCRIPTION_ID: '' });
    expect(stdout).toMatch(/^missing {2}credentials {2}Which subscription\?\n +Set AZURE_SUBSCRIPTION_ID/);
    expect(code).toBe(3);
  });
});

describe('a run that receives a stop signal', () => {
  const RUN = ['run', '--scenario', './small.yaml', '--seed', '1'];

  /** A run that has requested its first block. */
  async function running(options: LaboratoryOptions, more: readonly string[] = []) {
    const { lab, bench } = await place(options);
    let child: ChildProcess | undefined;
    const ended = bench([...RUN, ...more], {}, (started) => {
      child = started;
    });
    await seen(lab, /virtualMachines\/[^/]+-(before|after)$/, 2);
    return { lab, bench, ended, kill: (signal: NodeJS.Signals) => child?.kill(signal) };
  }

  const seen = (lab: Laboratory, what: RegExp, times = 1) =>
    until(
      () => asked(lab, what) >= times,
      () => `not asked for: ${what} in ${JSON.stringify(lab.endpoint.log.map(({ path }) => path))}`,
      20,
    );

  const runOf = (lab: Laboratory): string => {
    const [id = ''] = readdirSync(path.join(lab.folder, 'reports/runs'));
    return path.join(lab.folder, 'reports/runs', id);
  };

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s requests deletion of everything the run created, does not wait, and leaves a journal to resume from',
    async (signal) => {
      const { lab, ended, kill } = await running({ latency: { create: () => 60_000, delete: 60_000 } });
      kill(signal);
      const { code, stderr } = await ended;
      expect(stderr.match(/shutting down/g)).toHaveLength(1);
      expect(stderr).toMatch(/ booting 6 machines in 3 blocks \(azure\), about 0\.10 USD at 0\.25 an hour\n/);
      expect(stderr).toMatch(
        /\nbench: shutting down machines; press Ctrl-C again to exit immediately\n[\s\S]*\nbench: interrupted\nbench: run (small-\S+) is incomplete; resume it: bench run --resume reports\/runs\/\1\n$/,
      );
      expect(code).toBe(130);
      const deletions = lab.endpoint.log.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
      expect(deletions).toContainEqual(expect.stringMatching(/\/resourcegroups\/bench-small-[^/]+$/i));
      const journal = await runFolder(runOf(lab)).readJournal();
      // bench requests the machines of a block together, in no particular order.
      expect(journal.map(({ state, boot }) => `${state} ${boot?.slice(0, 4)}`).sort()).toEqual([
        'boot-starting 0001',
        'boot-starting 0002',
        'group-claimed undefined',
        'run-started undefined',
      ]);
    },
  );

  test('exits immediately on the second signal, even while the first still waits', async () => {
    const { lab, ended, kill } = await running({ latency: { create: () => 60_000 } });
    const busy = { status: 503, code: 'ServiceUnavailable', headers: { 'retry-after': '30' } };
    lab.endpoint.faults.add({ kind: 'answer', method: 'DELETE', path: /./, times: 100, ...busy });
    const before = lab.endpoint.log.length;
    kill('SIGINT');
    await until(
      () => lab.endpoint.log.slice(before).some(({ method }) => method === 'DELETE'),
      () => 'nothing was to be deleted',
      20,
    );
    kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/\nbench: shutting down machines; press Ctrl-C again to exit immediately\n/);
    expect(stderr).not.toMatch(/bench: interrupted/);
    expect(code).toBe(130);
  });

  test('continues with --resume: each boot has one outcome, and no resource remains', async () => {
    const short = ['--boots', '1', '--set', 'ready.within=2s'];
    const { lab, bench, ended, kill } = await running({ latency: { create: () => 500, delete: 500 } }, short);
    kill('SIGTERM');
    expect((await ended).code).toBe(130);
    const rest = await bench(['run', '--resume', runOf(lab)]);
    // No machine answers here, so every outcome is a failure; failures are outcomes too.
    expect(rest.stderr).toMatch(/\n\d+:\d\d {2}2 boots, 2 failed/);
    const outcomes = await runFolder(runOf(lab)).boots();
    expect(outcomes.map((id) => id.slice(0, 4))).toEqual(['0001', '0002']);
    const journal = await runFolder(runOf(lab)).readJournal();
    for (const id of outcomes)
      expect(
        journal.filter(({ state, boot }) => (state === 'boot-failed' || state === 'boot-collected') && boot === id),
      ).toHaveLength(1);
    expect(lab.endpoint.left()).toEqual([]);
  });
});
