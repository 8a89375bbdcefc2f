import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeController } from '../../src/collectors/node-controller.ts';
import { askManager } from '../../src/collectors/systemd-bus.ts';
import { namesOf, propertyOf, showBlocks } from '../../src/collectors/systemd-show.ts';
import { tlsBootstrap } from '../../src/collectors/tls-bootstrap.ts';
import type { QemuScenario } from '../../src/providers/qemu/scenario.ts';
import { loadScenario } from '../../src/stages/design/scenario.ts';
import { qemuScenario } from '../support/qemu-scenario.ts';
import {
  bootContainer,
  type Container,
  eventFiles,
  newFolder,
  removeFolder,
  variantTree,
  whyNoContainer,
} from './container.ts';

const run = promisify(execFile);
const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/;
const KEYS = ['Timestamp', 'OperationId', 'Version', 'TaskName', 'EventLevel', 'Message', 'EventPid', 'EventTid'];

const why = whyNoContainer();
if (why) console.log(`The node of local-deferral is not booted in a container: ${why}.`);

interface Node {
  readonly tree: string;
  readonly container: Container;
  readonly files: ReadonlyMap<string, string>;
  readonly events: readonly Record<string, string>[];
}

/** Boots a variant and waits for all actions of its boot, as a scenario's run would. */
async function bootNode(scenario: QemuScenario, variant: string, folder: string): Promise<Node> {
  const tree = await variantTree(scenario, variant, folder);
  const container = await bootContainer(tree);
  try {
    await container.until(`test -e ${scenario.ready.file}`, 120_000);
    await container.sh('systemctl is-system-running --wait || true');
    const files = await eventFiles(tree);
    return { tree, container, files, events: [...files.values()].map((text) => JSON.parse(text)) };
  } catch (cause) {
    await container.stop();
    throw cause;
  }
}

const order = ({ events }: Node): readonly string[] =>
  [...events]
    .sort((a, b) => (a.Timestamp ?? '').localeCompare(b.Timestamp ?? ''))
    .map(({ TaskName = '' }) => TaskName.replace('AKS.CSE.', ''));

const event = ({ events }: Node, task: string): Record<string, string> => {
  const found = events.filter(({ TaskName }) => TaskName === task);
  expect(found, task).toHaveLength(1);
  return found[0] ?? {};
};

describe.skipIf(why !== undefined)('the node of local-deferral', () => {
  let folder: string;
  const variants = ['before', 'after'] as const;
  const booted = new Map<string, Node>();
  const node = (variant: string): Node => {
    const found = booted.get(variant);
    if (found === undefined) throw new Error(`${variant} was not booted`);
    return found;
  };

  beforeAll(async () => {
    folder = await newFolder();
    const { scenario } = await loadScenario('scenarios/local-deferral.yaml', [], {
      cwd: '.',
      scenarioFolders: ['scenarios'],
      environment: {},
    });
    for (const variant of variants) booted.set(variant, await bootNode(qemuScenario(scenario), variant, folder));
  });
  afterAll(async () => {
    for (const { container } of booted.values()) await container.stop();
    await removeFolder(folder);
  });

  test.each(variants)('%s comes up with no failed unit, containerd and kubelet active, no restart', async (variant) => {
    const { container } = node(variant);
    expect(await container.sh('systemctl list-units --failed --no-legend')).toBe('');
    expect(await container.sh('systemctl is-active containerd kubelet')).toBe('active\nactive\n');
    expect(await container.sh('systemctl show --property NRestarts --value kubelet')).toBe('0\n');
  });

  test.each(variants)('%s runs a real container', async (variant) => {
    const tasks = await node(variant).container.sh('ctr --namespace k8s.io tasks list');
    expect(tasks).toMatch(/^pause-stand-in +\d+ +RUNNING/m);
  });

  test.each(variants)(
    'every event file of %s has the eight keys, all texts, and stamps to the millisecond',
    (variant) => {
      const { files, events } = node(variant);
      expect(events.length).toBeGreaterThanOrEqual(19);
      for (const name of files.keys()) expect(name).toMatch(/^\d{13}\.json$/);
      for (const each of events) {
        expect(Object.keys(each)).toEqual(KEYS);
        expect(Object.values(each).every((value) => typeof value === 'string')).toBe(true);
        expect(each.Timestamp).toMatch(STAMP);
        expect(each.OperationId).toMatch(STAMP);
        expect((each.Timestamp ?? '') <= (each.OperationId ?? ''), each.TaskName).toBe(true);
        expect(each.Version).toBe('1.23');
      }
    },
  );

  test.each(variants)(
    'the file of cse_start of %s bears the time of its end, has no level, and holds the exit code in its message',
    (variant) => {
      const { files } = node(variant);
      const [name = '', text = ''] = [...files].find(([, content]) => content.includes('AKS.CSE.cse_start')) ?? [];
      const whole = JSON.parse(text);
      const message = JSON.parse(whole.Message);
      expect(whole.EventLevel).toBe('');
      expect(Math.abs(Number(name.slice(0, 13)) - Date.parse(`${whole.OperationId.replace(' ', 'T')}Z`))).toBeLessThan(
        5,
      );
      expect(message).toMatchObject({ ExitCode: '0', ScriptlessMode: 'none' });
      // A unit that never ran has midnight, as on a real node: readers must know.
      expect(message.CloudInitStartTime).toMatch(/ 00:00:00\.000$/);
    },
  );

  test.each(variants)('the trace of %s has the events as the words of an echo', async (variant) => {
    const { tree, events } = node(variant);
    const trace = await readFile(path.join(tree, 'var/log/azure/cluster-provision.log'), 'utf8');
    const traced = trace.split('\n').filter((line) => /^\++ echo '\{'/.test(line) && line.includes('"TaskName":'));
    const steps = events.filter(
      ({ TaskName = '' }) => TaskName.startsWith('AKS.CSE.') && !TaskName.endsWith('cse_start'),
    );
    expect(traced).toHaveLength(steps.length);
    expect(traced[0]).toMatch(/'"TaskName":' '"AKS\.CSE\.configureAdminUser",'/);
  });

  test.each(variants)('provision.json of %s has two time formats', async (variant) => {
    const result = JSON.parse(
      await readFile(path.join(node(variant).tree, 'var/log/azure/aks/provision.json'), 'utf8'),
    );
    expect(result).toMatchObject({ ExitCode: '0', Error: '', GuestAgentStartTime: '', CloudInitStartTime: '' });
    expect(result.CSEStartTime).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}$/);
    expect(result.BootDatapoints.KubeletStartTime).toMatch(/^[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    expect(result.SystemdSummary).not.toBe('');
  });

  test.each(variants)(
    'the kubeconfig of %s came by rename, and the control plane signed its certificate',
    async (variant) => {
      const { container } = node(variant);
      expect(await container.sh("stat -c '%a %U' /var/lib/kubelet/kubeconfig /opt/bin/kubelet")).toBe(
        '600 root\n755 root\n',
      );
      const verified =
        'openssl verify -CAfile /etc/kubernetes/certs/ca.crt /var/lib/kubelet/pki/kubelet-client-current.pem';
      expect(await container.sh(verified)).toMatch(/: OK$/m);
      const journal = await container.sh('journalctl --unit kubelet --output cat');
      expect(journal).toMatch(
        /"Attempting to register node"[\s\S]*"Successfully registered node"[\s\S]*event="NodeReady"/,
      );
    },
  );

  test('the manager itself reports the same about every unit as systemctl', async () => {
    const { container } = node('before');
    const asked = [...showBlocks(Buffer.from(await container.sh(askManager(['kubelet.service', 'no-such.service']))))];
    expect(asked.length).toBeGreaterThan(50);
    const shown = Buffer.from(await container.sh("systemctl show --all -- '*' no-such.service"));
    const known = new Map([...showBlocks(shown)].map((block) => [propertyOf(block, 'Id'), block]));
    // Two questions may give different values: units that run continue to use the processor.
    const MOVING = new Set(['Job', 'CPUUsageNSec']);
    for (const block of asked) {
      const id = propertyOf(block, 'Id');
      const other = known.get(id);
      for (const key of block.properties.keys())
        if (!MOVING.has(key) && other !== undefined)
          expect(namesOf(block, key).toSorted(), `${key} of ${id}`).toEqual(namesOf(other, key).toSorted());
    }
    const ids = asked.map((block) => propertyOf(block, 'Id'));
    // A oneshot that has ended is among them.
    for (const id of ['kubelet.service', 'no-such.service', 'node-provisioning.service']) expect(ids).toContain(id);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  test('the control plane answers no user without a certificate, and no identity but the right one', async () => {
    const { container } = node('after');
    const ask = (pem: string, request: string) =>
      container.sh(
        `printf '${request} HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | socat -t 10 - OPENSSL:control-plane.bench.internal:6443,cafile=/etc/kubernetes/certs/ca.crt${pem} 2>&1; true`,
      );
    expect(await ask('', 'GET /healthz')).not.toContain('200 OK');
    expect(await ask(',cert=/etc/kubernetes/certs/bootstrap.pem', 'GET /healthz')).toContain('200 OK');
    expect(await ask(',cert=/etc/kubernetes/certs/bootstrap.pem', 'POST /api/v1/nodes')).toContain('403 Forbidden');
  });

  test('before has the deferrable steps ahead of kubelet, after has them behind it', () => {
    const [before, after] = [order(node('before')), order(node('after'))];
    const follows = (steps: readonly string[], one: string, other: string) => steps.indexOf(one) > steps.indexOf(other);
    for (const step of ['ensureNoDupOnPromiscuBridge', 'cleanUpGPUDrivers']) {
      expect(follows(before, 'ensureKubelet', step), `before: ${step}`).toBe(true);
      expect(follows(after, step, 'ensureKubelet'), `after: ${step}`).toBe(true);
    }
    expect(follows(before, 'setContainerdUlimits', 'ensureContainerd')).toBe(true);
    expect(follows(after, 'ensureContainerd', 'setContainerdUlimits')).toBe(true);
    expect(before).toContain('installContainerRuntime');
    expect(after).not.toContain('installContainerRuntime');
    for (const steps of [before, after]) expect(follows(steps, 'configureNodeExporter', 'ensureKubelet')).toBe(true);
  });

  test('containerd starts twice before and once after, with the same limits', async () => {
    const starts = async ({ container }: Node) =>
      (await container.sh('journalctl --unit containerd --output cat')).match(/^Started containerd\.service/gm)?.length;
    expect(await starts(node('before'))).toBe(2);
    expect(await starts(node('after'))).toBe(1);
    for (const { container } of booted.values())
      expect(await container.sh('systemctl show --property LimitNOFILE --value containerd')).toBe('1048576\n');
  });

  test('the TLS watcher starts its clock ahead of kubelet in both, in after at the stamp that ensureKubelet left', async () => {
    for (const each of booted.values()) {
      const watched = event(each, 'AKS.Runtime.waitForTLSBootstrapping');
      const kubelet = event(each, 'AKS.CSE.ensureKubelet');
      expect((watched.Timestamp ?? '') >= (kubelet.Timestamp ?? '')).toBe(true);
      expect((watched.Timestamp ?? '') < (watched.OperationId ?? '')).toBe(true);
    }
    // The watcher's removal takes the stamp with it; before never writes one.
    for (const { tree } of booted.values())
      expect(existsSync(path.join(tree, 'opt/azure/containers/tls-bootstrap-start-time'))).toBe(false);
  });
});

describe.skipIf(why !== undefined)('the node of local-node-today', () => {
  let folder: string;
  let node: Node;

  beforeAll(async () => {
    folder = await newFolder();
    const { scenario } = await loadScenario('scenarios/local-node-today.yaml', [], {
      cwd: '.',
      scenarioFolders: ['scenarios'],
      environment: {},
    });
    node = await bootNode(qemuScenario(scenario), 'after', folder);
  });
  afterAll(async () => {
    await node?.container.stop();
    await removeFolder(folder);
  });

  test('has no failed unit, and neither a unit nor a wait of the old launch', async () => {
    const { container } = node;
    expect(await container.sh('systemctl list-units --failed --no-legend')).toBe('');
    expect(await container.sh('systemctl is-enabled boot-hook cloud-init || true')).toBe('disabled\nenabled\n');
  });

  test("starts from the boothook, and bench reads the controller's report", async () => {
    const { container, events } = node;
    const said = await container.sh('journalctl --identifier aks-boothook --output cat');
    expect(said).toMatch(/^boothook start \S+\nlaunching aks-node-controller \S+$/m);
    const log = await container.sh('cat /var/log/azure/aks-node-controller.log');
    const parsed = nodeController.parse(new Map([['aks/aks-node-controller.log', Buffer.from(log)]]));
    expect(parsed.events.map(({ id }) => id)).toEqual(['controller.start', 'controller.end']);
    expect(parsed.warnings).toEqual([]);
    expect(events.filter(({ TaskName }) => TaskName === 'AKS.AKSNodeController.Provision')).toHaveLength(2);
  });

  test('has its credential before kubelet starts, under the name that the secure client uses', async () => {
    const { container } = node;
    const since = async (property: string, unit: string) =>
      Number(await container.sh(`systemctl show --property ${property} --value ${unit}`));
    const credential = await since('ActiveEnterTimestampMonotonic', 'secure-tls-bootstrap');
    expect(credential).toBeGreaterThan(0);
    expect(await since('ExecMainStartTimestampMonotonic', 'kubelet')).toBeGreaterThan(credential);
    const files = await container.sh('ls /var/lib/kubelet/pki');
    expect(files).toMatch(/^kubelet-client-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.pem$/m);
    expect(files).not.toContain('current');
    const log = Buffer.from(await container.sh('cat /var/log/azure/aks/secure-tls-bootstrap.log'));
    const { spans } = tlsBootstrap.parse(new Map([['aks/secure-tls-bootstrap.log', log]]));
    expect(spans.map(({ name }) => name)).toContain('secure-log/received credential response from bootstrap server');
  });
});

const shellcheck = existsSync('/usr/bin/shellcheck');
if (!shellcheck)
  console.log('The scripts of the scenarios are not checked: no shellcheck (Debian: apt install shellcheck).');

test.skipIf(!shellcheck)('the scripts of the scenarios pass shellcheck', async () => {
  const names = await readdir('scenarios/local', { recursive: true });
  const scripts = names.filter((name) => /\.(sh|postinst)$/.test(name)).map((name) => `scenarios/local/${name}`);
  expect(scripts.length).toBeGreaterThan(10);
  const { stdout } = await run('shellcheck', scripts).catch((failed: { stdout: string }) => failed);
  expect(stdout).toBe('');
});
