/**
 * A resource manager for tests: the part of Azure's that bench uses, over HTTPS with its own authority, so that the real SDK
 * works unchanged. Operations take time and carry their own stamps. `catalogue` holds what it knows; `log` lists the requests.
 * Shapes: the OpenAPI documents of Azure, against which `openapi.ts` checks both sides.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Answer, notFound } from './answer.ts';
import { type Catalogue, catalogueAnswer } from './catalogue.ts';
import type { Certificate } from './certificate.ts';
import { type Call, errorBody, faultList } from './faults.ts';
import { hostRoom, type Latency } from './hosts.ts';
import { MACHINE, machineRoom } from './machines.ts';
import { operationList } from './operations.ts';
import type { Power } from './power.ts';
import { type Group, groupOf, plainResource, type Resource, resourceStore, shown } from './resources.ts';
import { SCALE_SET, scaleSetRoom } from './scale-sets.ts';

export interface EndpointOptions {
  readonly certificate: Certificate;
  readonly catalogue: Catalogue;
  readonly power: Power;
  readonly latency: Latency;
}

export interface LoggedCall extends Call {
  readonly atMs: number;
  readonly status: number;
  readonly answer: unknown;
}

export type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

export async function startEndpoint({ certificate, catalogue, power, latency }: EndpointOptions) {
  const faults = faultList();
  const log: LoggedCall[] = [];
  const listeners = new Set<(call: Call) => void>();
  let url = '';
  const base = () => url;
  const resources = resourceStore();
  const operations = operationList(catalogue.subscription, faults, base);
  const blobs = new Map<string, string>();
  const hosts = hostRoom({ operations, power, latency });
  const surroundings = { resources, operations, hosts, latency, base, blobs };
  const machines = machineRoom(surroundings);
  const scaleSets = scaleSetRoom(surroundings);
  const remove = (id: string) => {
    scaleSets.remove(id);
    machines.remove(id);
  };

  function groupAnswer(call: Call, name: string): Answer {
    const group = resources.group(name);
    if (group?.deleting && call.method !== 'GET') return BEING_DELETED;
    if (call.method === 'PUT') {
      const { location, tags = {} } = call.body as Group;
      const made = { name, location, tags };
      resources.putGroup(made);
      return { status: group ? 200 : 201, body: shownGroup(made) };
    }
    if (!group) return notFound('ResourceGroupNotFound');
    if (call.method === 'GET') return { status: 200, body: shownGroup(group) };
    resources.putGroup({ ...group, deleting: true });
    const operation = operations.start(group.location, call, latency.delete, () => {
      for (const { id } of resources.inGroup(name)) remove(id);
      resources.deleteGroup(name);
    });
    return { status: 202, headers: operations.monitor(operation) };
  }

  const shownGroup = ({ deleting, ...group }: Group) => ({
    id: `/subscriptions/${catalogue.subscription}/resourceGroups/${group.name}`,
    type: 'Microsoft.Resources/resourceGroups',
    ...group,
    properties: { provisioningState: deleting ? 'Deleting' : 'Succeeded' },
  });

  function putPlain(call: Call, type: string): Answer {
    const { location = '', tags = {}, properties = {} } = call.body as Partial<Resource>;
    const group = resources.group(groupOf(call.path));
    if (group === undefined) return notFound('ResourceGroupNotFound');
    if (group.deleting) return BEING_DELETED;
    const made = {
      ...plainResource(call.path, type, location, { ...properties, provisioningState: 'Succeeded' }),
      tags,
    };
    resources.put(made);
    const operation = operations.start(location, call, latency.answer);
    return { status: 201, body: shown(made), headers: operations.headers(operation) };
  }

  /** Azure refuses to delete a security group while a network or an interface uses it. */
  function deletePlain(call: Call, known: Resource | undefined): Answer {
    if (known === undefined) return { status: 204 };
    const id = known.id.toLowerCase();
    const users = resources
      .all()
      .filter((each) => each !== known && JSON.stringify(each).toLowerCase().includes(`"${id}"`));
    const code = 'InUseNetworkSecurityGroupCannotBeDeleted';
    if (/networksecuritygroups/.test(id) && users.length > 0) return { status: 400, body: errorBody({ code }) };
    const operation = operations.start(known.location, call, latency.delete, (failed) => {
      if (!failed) resources.delete(known.id);
    });
    return { status: 202, headers: operations.monitor(operation) };
  }

  function storageAnswer(call: Call, below: string | undefined): Answer {
    if (below === '/listservicesas') return { status: 200, body: { serviceSasToken: 'sv=1&sp=racw&sig=secret' } };
    if (below !== undefined) return { status: 201, body: { id: call.path, name: 'bench', properties: {} } };
    if (call.method === 'PUT') return putPlain(call, 'Microsoft.Storage/storageAccounts');
    const known = resources.get(call.path);
    if (call.method === 'DELETE') return deletePlain(call, known);
    if (!known) return notFound('ResourceNotFound');
    const primaryEndpoints = { blob: `${url}/blobs/` };
    return { status: 200, body: { ...shown(known), properties: { primaryEndpoints } } };
  }

  function route(call: Call): Answer {
    const path = call.path.toLowerCase();
    const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)$/.exec(path)?.[1];
    if (group !== undefined) return groupAnswer(call, call.path.split('/').at(-1) ?? group);
    if (/^\/subscriptions\/[^/]+\/resourcegroups$/.test(path)) {
      const found = resources.groups().filter(({ tags }) => matchesFilter(tags, call.query.get('$filter')));
      return { status: 200, body: { value: found.map(shownGroup) } };
    }
    const inside = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)\/resources$/.exec(path)?.[1];
    if (inside !== undefined) return { status: 200, body: { value: resources.inGroup(inside).map(listed) } };
    if (/^\/subscriptions\/[^/]+\/resources$/.test(path)) {
      const found = resources.all().filter(({ tags }) => matchesFilter(tags, call.query.get('$filter')));
      return { status: 200, body: { value: found.map(listed) } };
    }
    // Rights on a group or a resource: its own, or those that it inherits from the subscription.
    const rights = /^(.+)\/providers\/microsoft\.authorization\/permissions$/.exec(path);
    if (rights) {
      const own = catalogueAnswer(catalogue, call);
      const inherited = `/subscriptions/${catalogue.subscription}/providers/Microsoft.Authorization/permissions`;
      return { status: 200, body: own ?? catalogueAnswer(catalogue, { ...call, path: inherited }) };
    }
    const operation = /\/(operations|operationresults)\/([0-9a-f-]+)$/.exec(path);
    if (operation) return operations.answer(operation[2] ?? '', operation[1] === 'operationresults');
    const kind = /\/providers\/microsoft\.compute\/(virtualmachines|virtualmachinescalesets)$/.exec(path)?.[1];
    if (kind !== undefined) return { status: 200, body: { value: listOf(call, kind).map(shown) } };
    const set = /\/providers\/microsoft\.compute\/virtualmachinescalesets\/([^/]+)(\/.*)?$/.exec(path);
    if (set) return scaleSets.answer(call, set[2]);
    const machine = /\/providers\/microsoft\.compute\/virtualmachines\/([^/]+)(\/.*)?$/.exec(path);
    if (machine) return machines.answer(call, machine[2]);
    const plain = /\/providers\/(microsoft\.network\/[a-z]+|microsoft\.compute\/images)\/[^/]+$/.exec(path)?.[1];
    if (plain && call.method === 'PUT') return putPlain(call, TYPES[plain] ?? plain);
    const storage = /\/providers\/microsoft\.storage\/storageaccounts\/([^/]+)(\/.*)?$/.exec(path);
    if (storage) return storageAnswer(call, storage[2]);
    const known = resources.get(path);
    if (call.method === 'DELETE') return deletePlain(call, known);
    if (known && call.method === 'GET') return { status: 200, body: shown(known) };
    const found = catalogueAnswer(catalogue, call);
    return found === undefined ? notFound('ResourceNotFound') : { status: 200, body: found };
  }

  function listOf({ path, query }: Call, kind: string): Resource[] {
    const type = kind === 'virtualmachines' ? MACHINE : SCALE_SET;
    const found = resources.inGroup(groupOf(path)).filter((each) => each.type === type);
    const [, set] = /^'virtualMachineScaleSet\/id' eq '([^']+)'$/.exec(query.get('$filter') ?? '') ?? [];
    const setOf = ({ properties }: Resource) => (properties.virtualMachineScaleSet as { id: string } | undefined)?.id;
    return set === undefined ? found : found.filter((each) => setOf(each)?.toLowerCase() === set.toLowerCase());
  }

  /** Answers without authorization: tokens, and addresses that carry their own permission. */
  function openAnswer(call: Call): Answer | undefined {
    const tenant = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(call.path);
    if (tenant)
      return { status: 200, body: tokenAnswer(`${url}/${tenant[1]}`, tenant[2]?.startsWith('v2.0') ?? false) };
    if (call.path === '/api/retail/prices') return { status: 200, body: { Items: catalogue.prices } };
    const blob = call.query.get('sig') === 'secret' ? blobs.get(call.path) : undefined;
    if (blob !== undefined) return { status: 200, body: blob };
    if (!call.path.startsWith('/console/')) return undefined;
    return { status: 200, body: hosts.consoleOf((call.path.split('/')[2] ?? '').replaceAll('~', '/')) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://127.0.0.1');
    const body = jsonOf(await bodyOf(request));
    const call: Call = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(pathname),
      query: searchParams,
      body,
    };
    const atMs = performance.now();
    for (const listener of listeners) listener(call);
    if (latency.answer > 0) await new Promise((resolve) => setTimeout(resolve, latency.answer));
    const fault = faults.take('answer', call);
    const open = openAnswer(call);
    const allowed = open !== undefined || request.headers.authorization === 'Bearer a.b.c';
    const result: Answer = fault
      ? { status: fault.status ?? 409, body: errorBody(fault), headers: fault.headers ?? {} }
      : allowed
        ? (open ?? route(call))
        : { status: 401, body: errorBody({ code: 'InvalidAuthenticationToken' }) };
    log.push({ ...call, atMs, status: result.status, answer: result.body });
    const plain = typeof result.body === 'string';
    response.writeHead(result.status, { 'content-type': plain ? 'text/plain' : 'application/json', ...result.headers });
    const asked =
      call.method === 'PUT' && result.status === 201 && /virtualMachine(?:s|ScaleSets)\/([^/]+)$/i.exec(call.path)?.[1];
    if (asked) Object.assign(hosts.truthOf(asked), { acceptedMs: atMs, answeredMs: performance.now() });
    response.end(plain ? result.body : result.body === undefined ? '' : JSON.stringify(result.body));
  }

  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify(errorBody({ code: 'EndpointBroke', message: String(error) })));
    });
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    log,
    /** Number of connections so far. */
    connections: () => connections,
    truth: hosts.truth,
    faults: { add: faults.add },
    /** Calls the listener for every request before the endpoint handles it; the returned function stops that. */
    onCall(listener: (call: Call) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    doorOf: hosts.doorOf,
    settled: operations.settled,
    takeDown: (name: string, power: 'deallocated' | 'stopped') =>
      scaleSets.setPower(name, power, true) || machines.takeDown(name, power),
    show: (name: string, power: string) => scaleSets.setPower(name, power, false) || machines.show(name, power),
    /** Everything that would cost money: the groups, and ids of all resources. */
    left: () => [...resources.groups().map(({ name }) => name), ...resources.all().map(({ id }) => id)],
    /** A copy of all resources, so that a test can check that bench left them unchanged. */
    snapshot: (): unknown[] => structuredClone([...resources.groups(), ...resources.all()]),
    /** Adds a group that no client requested. */
    plant: (group: Group, inside: readonly Resource[] = []) => {
      resources.putGroup(group);
      for (const resource of inside) resources.put(resource);
    },
    async close() {
      operations.close();
      await hosts.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const BEING_DELETED: Answer = { status: 409, body: errorBody({ code: 'ResourceGroupBeingDeleted' }) };

const TYPES: Readonly<Record<string, string>> = {
  'microsoft.network/networksecuritygroups': 'Microsoft.Network/networkSecurityGroups',
  'microsoft.network/virtualnetworks': 'Microsoft.Network/virtualNetworks',
  'microsoft.compute/images': 'Microsoft.Compute/images',
};

const listed = ({ id, name, type, location, tags }: Resource) => ({ id, name, type, location, tags });

const tokenAnswer = (at: string, discovery: boolean) =>
  discovery
    ? {
        issuer: `${at}/v2.0`,
        token_endpoint: `${at}/oauth2/v2.0/token`,
        authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
        jwks_uri: `${at}/keys`,
      }
    : { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: 'a.b.c' };

function matchesFilter(tags: Readonly<Record<string, string>>, filter: string | null): boolean {
  const [, name, value] = /^tagName eq '([^']+)'(?: and tagValue eq '([^']*)')?$/.exec(filter ?? '') ?? [];
  if (name === undefined) return true;
  return value === undefined ? name in tags : tags[name] === value;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
