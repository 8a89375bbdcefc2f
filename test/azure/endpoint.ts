/**
 * A resource manager to test against: the part of Azure's that bench speaks, over HTTPS with its own authority, so that the
 * real SDK can be used as it is. Operations take time and carry their own stamps. What it knows of is in `catalogue`; what it
 * was asked is in `log`. Shapes: the OpenAPI documents of Azure, against which `openapi.ts` holds both sides.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Catalogue, catalogueAnswer } from './catalogue.ts';
import type { Certificate } from './certificate.ts';
import type { Power, StandIn } from './fake-machine.ts';
import { type Call, errorBody, type Fault, faultList } from './faults.ts';

export interface EndpointOptions {
  readonly certificate: Certificate;
  readonly catalogue: Catalogue;
  readonly power: Power;
  /** How long things take, in milliseconds. */
  readonly latency: {
    readonly answer: number;
    readonly create: (name: string) => number;
    readonly extension: number;
    readonly delete: number;
  };
}

export interface LoggedCall extends Call {
  readonly atMs: number;
  readonly status: number;
  readonly answer: unknown;
}

interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly zones?: readonly string[];
  properties: Record<string, unknown>;
}

interface MachineRequest {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly zones?: readonly string[];
  readonly properties: Record<string, unknown>;
}

interface Group {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface Operation {
  readonly id: string;
  readonly startTime: string;
  endsAtMs: number;
  endTime?: string;
  error?: Fault;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

/** When things really happened, by machine: what marks are held against. */
export interface Truth {
  acceptedMs?: number;
  answeredMs?: number;
  operationStart?: string;
  operationEnd?: string;
  runningMs?: number;
}

export async function startEndpoint(options: EndpointOptions) {
  const faults = faultList();
  const log: LoggedCall[] = [];
  const groups = new Map<string, Group>();
  const resources = new Map<string, Resource>();
  const operations = new Map<string, Operation>();
  const standIns = new Map<string, StandIn>();
  const ports = new Map<string, number>();
  const truth = new Map<string, Truth>();
  const timers = new Set<NodeJS.Timeout>();
  let base = '';
  let counter = 0;

  const later = (delayMs: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  };
  const truthOf = (name: string): Truth => {
    const known = truth.get(name) ?? {};
    truth.set(name, known);
    return known;
  };
  const key = (id: string) => id.toLowerCase();
  const put = (resource: Resource) => resources.set(key(resource.id), resource);

  /** Starts an operation that ends by itself; `end` is told how. */
  function operate(location: string, call: Call, takesMs: number, end: (failed: boolean) => void): Operation {
    counter += 1;
    const fault = faults.take('operation', call);
    const operation: Operation = {
      id: `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`,
      startTime: stamp(),
      endsAtMs: performance.now() + takesMs,
      ...(fault && { error: fault }),
    };
    operations.set(operation.id, operation);
    later(takesMs, () => {
      operation.endTime = stamp();
      end(fault !== undefined);
    });
    return Object.assign(operation, { location });
  }

  const operationHeaders = (location: string, { id }: Operation) => ({
    'azure-asyncoperation': `${base}/subscriptions/${options.catalogue.subscription}/providers/Microsoft.Compute/locations/${location}/operations/${id}?api-version=2022-08-01`,
    'retry-after': '10',
  });

  function putMachine(call: Call, name: string): Answer {
    const id = call.path;
    const known = resources.get(key(id));
    const body = call.body as MachineRequest;
    const sent = body.properties;
    if (!groups.has(groupOf(id))) return notFound('ResourceGroupNotFound');
    const [config] = (
      sent.networkProfile as { networkInterfaceConfigurations: { name: string; properties: Record<string, unknown> }[] }
    ).networkInterfaceConfigurations;
    const network = `${id.slice(0, id.toLowerCase().indexOf('/providers/'))}/providers/Microsoft.Network`;
    const nic = `${network}/networkInterfaces/${config?.name}`;
    // On the loopback, each its own: whoever knocks there disturbs nobody.
    const address = `127.1.${Math.floor(counter / 250)}.${(counter % 250) + 1}`;
    const { location } = body;
    const takesMs = options.latency.create(name);
    const image = (sent.storageProfile as { imageReference: Record<string, string> }).imageReference;
    const resource: Resource = {
      id,
      name,
      type: 'Microsoft.Compute/virtualMachines',
      location,
      tags: body.tags ?? {},
      ...(body.zones && { zones: body.zones }),
      properties: {
        ...withoutSecrets(sent),
        storageProfile: {
          ...(sent.storageProfile as object),
          imageReference: { ...image, exactVersion: image.version ?? image.id?.split('/').at(-1) },
        },
        networkProfile: { networkInterfaces: [{ id: nic, properties: { deleteOption: 'Delete' } }] },
        provisioningState: 'Creating',
        vmId: `11111111-0000-4000-8000-${String(counter).padStart(12, '0')}`,
        timeCreated: stamp(),
      },
    };
    if (!known) {
      put(resource);
      put({
        ...common(nic, 'Microsoft.Network/networkInterfaces', location),
        properties: nicProperties(network, config, name),
      });
      const ip = `${network}/publicIPAddresses/${name}-ip`;
      put({
        ...common(ip, 'Microsoft.Network/publicIPAddresses', location),
        properties: { ipAddress: address, publicIPAllocationMethod: 'Static' },
      });
      const disk = `${id.slice(0, id.indexOf('/providers/'))}/providers/Microsoft.Compute/disks/${name}_OsDisk`;
      put({ ...common(disk, 'Microsoft.Compute/disks', location), properties: { diskState: 'Attached' } });
    }
    const operation = operate(location, call, takesMs, (failed) => {
      truthOf(name).operationEnd = operations.get(operation.id)?.endTime ?? '';
      resource.properties.provisioningState = failed ? 'Failed' : 'Succeeded';
    });
    truthOf(name).operationStart = operation.startTime;
    // Azure finds a host in the first seconds; the guest's own report ends the operation.
    if (!operation.error || /^OSProvisioning/.test(operation.error.code)) {
      later(takesMs / 2, () => {
        if (resources.get(key(id)) !== resource) return;
        resource.properties.running = true;
        truthOf(name).runningMs = performance.now();
        void switchOn(resource, sent, address);
      });
    }
    return { status: 201, body: shown(resource), headers: operationHeaders(location, operation) };
  }

  async function switchOn(resource: Resource, sent: Record<string, unknown>, address: string) {
    const profile = sent.osProfile as
      | { customData?: string; linuxConfiguration?: { ssh?: { publicKeys?: { keyData: string }[] } } }
      | undefined;
    const standIn = await options.power({
      name: resource.name,
      tags: resource.tags,
      customData: profile?.customData,
      publicKey: profile?.linuxConfiguration?.ssh?.publicKeys?.[0]?.keyData ?? '',
    });
    if (resources.get(key(resource.id)) !== resource) return standIn.stop();
    standIns.set(key(resource.id), standIn);
    ports.set(address, standIn.port);
  }

  function remove(id: string) {
    const gone = resources.get(key(id));
    resources.delete(key(id));
    standIns.get(key(id))?.stop();
    standIns.delete(key(id));
    if (gone?.type !== 'Microsoft.Compute/virtualMachines') return;
    const around = id.slice(0, id.indexOf('/providers/'));
    for (const kind of ['networkInterfaces', 'publicIPAddresses'])
      resources.delete(
        key(
          `${around}/providers/Microsoft.Network/${kind}/${gone.name}-${kind === 'networkInterfaces' ? 'nic' : 'ip'}`,
        ),
      );
    resources.delete(key(`${around}/providers/Microsoft.Compute/disks/${gone.name}_OsDisk`));
  }

  function deleteMachine(call: Call): Answer {
    const found = resources.get(key(call.path));
    if (!found) return { status: 204 };
    const operation = operate(found.location, call, options.latency.delete, (failed) => {
      if (!failed) remove(call.path);
    });
    found.properties.provisioningState = 'Deleting';
    return {
      status: 202,
      headers: { ...operationHeaders(found.location, operation), location: `${base}/done/${operation.id}` },
    };
  }

  function putExtension(call: Call): Answer {
    const [machineId = ''] = call.path.split(/\/extensions\//i);
    const machine = resources.get(key(machineId));
    if (!machine) return notFound('ParentResourceNotFound');
    const name = call.path.split('/').at(-1) ?? '';
    const operation = operate(machine.location, call, options.latency.extension, (failed) => {
      machine.properties.extension = failed ? (operation.error?.message ?? 'failed') : 'Enable succeeded';
    });
    const body = call.body as { location: string; tags?: object; properties: Record<string, unknown> };
    const { protectedSettings: _, ...properties } = body.properties;
    return {
      status: 201,
      body: {
        id: call.path,
        name,
        type: 'Microsoft.Compute/virtualMachines/extensions',
        location: body.location,
        properties: { ...properties, provisioningState: 'Creating' },
      },
      headers: operationHeaders(machine.location, operation),
    };
  }

  function groupAnswer(call: Call, name: string): Answer {
    const id = `/subscriptions/${options.catalogue.subscription}/resourceGroups/${name}`;
    const group = groups.get(name.toLowerCase());
    const show = (found: Group) => ({
      id,
      type: 'Microsoft.Resources/resourceGroups',
      ...found,
      properties: { provisioningState: 'Succeeded' },
    });
    if (call.method === 'PUT') {
      const { location, tags = {} } = call.body as Group;
      const made = { name, location, tags };
      groups.set(name.toLowerCase(), made);
      return { status: group ? 200 : 201, body: show(made) };
    }
    if (!group) return notFound('ResourceGroupNotFound');
    if (call.method === 'GET') return { status: 200, body: show(group) };
    const operation = operate(group.location, call, options.latency.delete, () => {
      for (const each of [...resources.values()]) if (groupOf(each.id) === name.toLowerCase()) remove(each.id);
      groups.delete(name.toLowerCase());
    });
    return {
      status: 202,
      headers: {
        location: `${base}/subscriptions/${options.catalogue.subscription}/operationresults/${operation.id}?api-version=2022-09-01`,
      },
    };
  }

  function operationAnswer(id: string, monitor: boolean): Answer {
    const operation = operations.get(id);
    if (!operation) return notFound('NotFound');
    const over = operation.endTime !== undefined;
    if (monitor)
      return {
        status: over ? 200 : 202,
        headers: over
          ? {}
          : {
              location: `${base}/subscriptions/${options.catalogue.subscription}/operationresults/${id}?api-version=2022-09-01`,
            },
      };
    const status = !over ? 'InProgress' : operation.error ? 'Failed' : 'Succeeded';
    return {
      status: 200,
      headers: over ? {} : { 'retry-after': '10' },
      body: {
        startTime: operation.startTime,
        ...(operation.endTime && { endTime: operation.endTime }),
        status,
        name: id,
        ...(over && operation.error && errorBody(operation.error)),
      },
    };
  }

  function putPlain(call: Call, type: string): Answer {
    const { location, tags = {}, properties = {} } = call.body as Partial<Resource>;
    if (!groups.has(groupOf(call.path))) return notFound('ResourceGroupNotFound');
    const made = {
      ...common(call.path, type, location ?? ''),
      tags,
      properties: { ...properties, provisioningState: 'Succeeded' },
    };
    put(made);
    const operation = operate(made.location, call, options.latency.answer, () => {});
    return { status: 201, body: shown(made), headers: operationHeaders(made.location, operation) };
  }

  function listed(items: readonly Resource[]): Answer {
    const value = items.map(({ id, name, type, location, tags }) => ({ id, name, type, location, tags }));
    return { status: 200, body: { value } };
  }

  function viewOf(machine: Resource) {
    const { running, provisioningState, extension } = machine.properties as Record<string, string | boolean>;
    return {
      computerName: machine.name,
      osName: 'fake',
      hyperVGeneration: 'V2',
      vmAgent: {
        vmAgentVersion: '2.11.1.12',
        statuses: [{ code: 'ProvisioningState/succeeded', level: 'Info', displayStatus: 'Ready', time: stamp() }],
      },
      ...(extension && {
        extensions: [
          { name: 'bench-cse', statuses: [{ code: 'ProvisioningState/succeeded', level: 'Info', message: extension }] },
        ],
      }),
      statuses: [
        { code: `ProvisioningState/${provisioningState}`, level: 'Info', time: stamp() },
        ...(running ? [{ code: 'PowerState/running', level: 'Info', displayStatus: 'VM running' }] : []),
      ],
    };
  }

  function route(call: Call): Answer {
    const { method } = call;
    const path = call.path.toLowerCase();
    const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)$/.exec(path)?.[1];
    if (group !== undefined) return groupAnswer(call, call.path.split('/').at(-1) ?? group);
    if (/^\/subscriptions\/[^/]+\/resourcegroups$/.test(path)) {
      const value = [...groups.values()].filter((each) => matchesFilter(each.tags, call.query.get('$filter')));
      return {
        status: 200,
        body: { value: value.map((each) => groupAnswer({ ...call, method: 'GET' }, each.name).body) },
      };
    }
    const inside = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)\/resources$/.exec(path)?.[1];
    if (inside !== undefined) return listed([...resources.values()].filter(({ id }) => groupOf(id) === inside));
    const operation = /\/(operations|operationresults)\/([0-9a-f-]+)$/.exec(path);
    if (operation) return operationAnswer(operation[2] ?? '', operation[1] === 'operationresults');
    if (/\/providers\/microsoft\.compute\/virtualmachines$/.test(path)) {
      const machines = [...resources.values()].filter(
        ({ id, type }) => type === 'Microsoft.Compute/virtualMachines' && groupOf(id) === groupOf(path),
      );
      return { status: 200, body: { value: machines.map(shown) } };
    }
    const machine = /\/providers\/microsoft\.compute\/virtualmachines\/([^/]+)(\/.*)?$/.exec(path);
    if (machine) return machineAnswer(call, machine[2]);
    const plain = /\/providers\/(microsoft\.network\/[a-z]+|microsoft\.compute\/images)\/[^/]+$/.exec(path)?.[1];
    if (plain && method === 'PUT') return putPlain(call, TYPES[plain] ?? plain);
    const known = resources.get(path);
    if (known && method === 'GET') return { status: 200, body: shown(known) };
    const found = catalogueAnswer(options.catalogue, call);
    return found === undefined ? notFound('ResourceNotFound') : { status: 200, body: found };
  }

  function machineAnswer(call: Call, below: string | undefined): Answer {
    const name = call.path.split('/')[8] ?? '';
    if (below?.startsWith('/extensions/')) return putExtension(call);
    if (call.method === 'PUT') return putMachine(call, name);
    if (call.method === 'DELETE') return deleteMachine(call);
    const machine = resources.get(key(call.path.split('/').slice(0, 9).join('/')));
    if (!machine) return notFound('ResourceNotFound');
    if (below === '/retrievebootdiagnosticsdata')
      return {
        status: 200,
        body: { serialConsoleLogBlobUri: `${base}/console/${key(machine.id).replaceAll('/', '~')}?sig=secret` },
      };
    if (below === '/instanceview') return { status: 200, body: viewOf(machine) };
    const body = shown(machine);
    const expanded = call.query.get('$expand') === 'instanceView';
    return {
      status: 200,
      body: expanded ? { ...body, properties: { ...body.properties, instanceView: viewOf(machine) } } : body,
    };
  }

  /** Tokens, and logs that carry their permission in the address. */
  function openAnswer(call: Call): Answer | undefined {
    const tenant = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(call.path);
    if (tenant?.[2]?.startsWith('v2.0')) {
      const at = `${base}/${tenant[1]}`;
      return {
        status: 200,
        body: {
          issuer: `${at}/v2.0`,
          token_endpoint: `${at}/oauth2/v2.0/token`,
          authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
          jwks_uri: `${at}/keys`,
        },
      };
    }
    if (tenant)
      return {
        status: 200,
        body: { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: 'a.b.c' },
      };
    if (call.path === '/api/retail/prices') return { status: 200, body: { Items: options.catalogue.prices } };
    if (!call.path.startsWith('/console/')) return undefined;
    const id = (call.path.split('/')[2] ?? '').replaceAll('~', '/');
    return { status: 200, body: standIns.get(id)?.console() ?? '' };
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'https://127.0.0.1');
    const text = await bodyOf(request);
    const call: Call = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: jsonOf(text),
    };
    const atMs = performance.now();
    if (options.latency.answer > 0) await new Promise((resolve) => setTimeout(resolve, options.latency.answer));
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
    const asked = call.method === 'PUT' && result.status === 201 && /virtualMachines\/([^/]+)$/i.exec(call.path)?.[1];
    if (asked) Object.assign(truthOf(asked), { acceptedMs: atMs, answeredMs: performance.now() });
    response.end(plain ? result.body : result.body === undefined ? '' : JSON.stringify(result.body));
  }

  const server = createServer({ key: options.certificate.key, cert: options.certificate.cert }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify(errorBody({ code: 'EndpointBroke', message: String(error) })));
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: base,
    log,
    truth,
    faults: { add: faults.add },
    portOf: (address: string) => ports.get(address),
    /** What would cost money: ids of all resources, and the groups. */
    left: () => [...[...groups.values()].map(({ name }) => name), ...[...resources.values()].map(({ id }) => id)],
    /** Puts a group there that nobody asked for. */
    plant: (group: Group, inside: readonly Resource[] = []) => {
      groups.set(group.name.toLowerCase(), group);
      for (const resource of inside) put(resource);
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      for (const standIn of standIns.values()) standIn.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  'microsoft.network/networksecuritygroups': 'Microsoft.Network/networkSecurityGroups',
  'microsoft.network/virtualnetworks': 'Microsoft.Network/virtualNetworks',
  'microsoft.compute/images': 'Microsoft.Compute/images',
};

const groupOf = (id: string): string => id.split('/')[4]?.toLowerCase() ?? '';

const notFound = (code: string): Answer => ({ status: 404, body: errorBody({ code }) });

/** Azure's stamps have seven digits; the clock behind these has a thousandth of that. */
const stamp = (): string =>
  new Date(performance.timeOrigin + performance.now()).toISOString().replace('Z', '0000+00:00');

const common = (id: string, type: string, location: string) => ({
  id,
  name: id.split('/').at(-1) ?? '',
  type,
  location,
  tags: {},
});

function nicProperties(network: string, config: { properties: Record<string, unknown> } | undefined, name: string) {
  const [ip] = (config?.properties.ipConfigurations ?? []) as { name: string; properties: Record<string, unknown> }[];
  const { publicIPAddressConfiguration, ...properties } = ip?.properties ?? {};
  const address = publicIPAddressConfiguration !== undefined && {
    publicIPAddress: { id: `${network}/publicIPAddresses/${name}-ip` },
  };
  return {
    ipConfigurations: [{ name: ip?.name, properties: { ...properties, privateIPAddress: '10.0.0.4', ...address } }],
  };
}

/** What is sent and never shown again. */
function withoutSecrets(properties: Record<string, unknown>): Record<string, unknown> {
  const { userData: _, osProfile, ...rest } = properties;
  const { customData: __, ...profile } = (osProfile ?? {}) as Record<string, unknown>;
  return { ...rest, ...(osProfile !== undefined && { osProfile: profile }) };
}

function shown({ properties, ...resource }: Resource) {
  const { running: _, extension: __, ...visible } = properties;
  return { ...resource, properties: visible };
}

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
