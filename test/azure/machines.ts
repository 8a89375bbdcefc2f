/** Virtual machines of the test endpoint: one request creates them with disk, interface and address; deletion removes all of these. */
import { type Answer, notFound, stamp } from './answer.ts';
import { deletion } from './deletion.ts';
import type { Call } from './faults.ts';
import { type Hosts, imageOf, type Latency } from './hosts.ts';
import type { Operations } from './operations.ts';
import { groupOf, groupPathOf, plainResource, type Resource, type Resources, shown } from './resources.ts';
import { runCommandRoom } from './run-commands.ts';

export interface Surroundings {
  readonly resources: Resources;
  readonly operations: Operations;
  readonly hosts: Hosts;
  readonly latency: Latency;
  readonly base: () => string;
  /** Contents of storage, by path. */
  readonly blobs: Map<string, string>;
}

export interface MachineRequest {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly zones?: readonly string[];
  readonly properties: Record<string, unknown>;
}

export interface NicConfiguration {
  readonly name: string;
  readonly properties: Record<string, unknown>;
}

export const MACHINE = 'Microsoft.Compute/virtualMachines';

export function machineRoom(surroundings: Surroundings) {
  const { resources, operations, hosts, latency, base, blobs } = surroundings;
  const runCommands = runCommandRoom(blobs);

  function put(call: Call, name: string): Answer {
    const id = call.path;
    const body = call.body as MachineRequest;
    const { location, properties: sent } = body;
    if (!resources.group(groupOf(id))) return notFound('ResourceGroupNotFound');
    const { number, address } = hosts.next();
    const resource = machineOf(id, name, body, number);
    if (!resources.get(id)) {
      resources.put(resource);
      for (const part of partsOf(id, name, location, sent, address)) resources.put(part);
    }
    const isThere = () => resources.get(id) === resource;
    const operation = hosts.boot(call, { name, machine: resource, sent, address, isThere });
    return { status: 201, body: shown(resource), headers: operations.headers(operation) };
  }

  /** Removes a resource; for a machine, also everything that belongs to it. */
  function remove(id: string): void {
    const gone = resources.get(id);
    resources.delete(id);
    hosts.forget(id);
    if (gone?.type !== MACHINE) return;
    for (const part of partIdsOf(id, gone.name)) resources.delete(part);
  }

  function putExtension(call: Call): Answer {
    const [machineId = ''] = call.path.split(/\/extensions\//i);
    const machine = resources.get(machineId);
    if (!machine) return notFound('ParentResourceNotFound');
    const body = call.body as MachineRequest;
    const { protectedSettings, ...properties } = body.properties;
    const { commandToExecute = '' } = (protectedSettings ?? {}) as { commandToExecute?: string };
    const type = `${MACHINE}/extensions`;
    Object.assign(machine, { resources: [{ id: call.path, type, location: machine.location }] });
    const ran = hosts.runOf(machineId) && hosts.provision(machine, commandToExecute);
    const operation = operations.start(
      machine.location,
      call,
      ran ? 0 : latency.extension,
      (failed) => {
        machine.properties.extension ??= failed ? (operation.error?.message ?? 'failed') : 'Enable succeeded';
      },
      ran,
    );
    return {
      status: 201,
      body: {
        id: call.path,
        name: call.path.split('/').at(-1) ?? '',
        type,
        location: body.location,
        properties: { ...properties, provisioningState: 'Creating' },
      },
      headers: operations.headers(operation),
    };
  }

  function answer(call: Call, below: string | undefined): Answer {
    const [id, name] = [call.path.split('/').slice(0, 9).join('/'), call.path.split('/')[8] ?? ''];
    if (below?.startsWith('/extensions/')) return putExtension(call);
    if (below?.startsWith('/runcommands/')) return runCommands.answer(call, hosts.runOf(id));
    if (call.method === 'PUT') return put(call, name);
    if (call.method === 'DELETE') return deletion(call, surroundings, () => remove(call.path));
    const machine = resources.get(id);
    if (!machine) return notFound('ResourceNotFound');
    if (below === '/retrievebootdiagnosticsdata')
      return {
        status: 200,
        body: {
          serialConsoleLogBlobUri: `${base()}/console/${machine.id.toLowerCase().replaceAll('/', '~')}?sig=secret`,
        },
      };
    const view = viewOf(machine);
    if (below === '/instanceview') return { status: 200, body: view };
    const body = shown(machine);
    if (call.query.get('$expand') !== 'instanceView') return { status: 200, body };
    return { status: 200, body: { ...body, properties: { ...body.properties, instanceView: view } } };
  }

  /** Shows a machine with another power state than its real one, because Azure's own views lag behind. */
  function show(name: string, power: string): void {
    const found = resources.all().find((each) => each.type === MACHINE && each.name === name);
    if (found !== undefined) found.properties.power = power;
  }

  /** Takes a machine down from outside. */
  function takeDown(name: string, power: 'deallocated' | 'stopped'): void {
    const found = resources.all().find((each) => each.type === MACHINE && each.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    found.properties.power = power;
    hosts.stop(found.id);
  }

  return { answer, remove, takeDown, show };
}

export function machineOf(id: string, name: string, body: MachineRequest, number: number): Resource {
  const { location, tags = {}, zones, properties: sent } = body;
  const image = imageOf(sent);
  const exactVersion = image.version ?? image.id?.split('/').at(-1);
  const nic = partIdsOf(id, name)[0];
  return {
    id,
    name,
    type: MACHINE,
    location,
    tags,
    ...(zones && { zones }),
    properties: {
      ...withoutSecrets(sent),
      storageProfile: { ...(sent.storageProfile as object), imageReference: { ...image, exactVersion } },
      networkProfile: { networkInterfaces: [{ id: nic, properties: { deleteOption: 'Delete' } }] },
      provisioningState: 'Creating',
      vmId: `11111111-0000-4000-8000-${String(number).padStart(12, '0')}`,
      timeCreated: stamp(),
    },
  };
}

/** Ids of the resources that a machine's request creates beside it: interface, address, disk. */
export function partIdsOf(id: string, name: string): [string, string, string] {
  const around = `${groupPathOf(id)}/providers`;
  const network = `${around}/Microsoft.Network`;
  return [
    `${network}/networkInterfaces/${name}-nic`,
    `${network}/publicIPAddresses/${name}-ip`,
    `${around}/Microsoft.Compute/disks/${name}_OsDisk`,
  ];
}

export function partsOf(
  id: string,
  name: string,
  location: string,
  sent: Record<string, unknown>,
  address: string,
): Resource[] {
  const [nic, ip, disk] = partIdsOf(id, name);
  const [config] = (sent.networkProfile as { networkInterfaceConfigurations: NicConfiguration[] })
    .networkInterfaceConfigurations;
  const [first] = (config?.properties.ipConfigurations ?? []) as NicConfiguration[];
  const { publicIPAddressConfiguration, ...properties } = first?.properties ?? {};
  const isPublic = publicIPAddressConfiguration !== undefined;
  const reached = isPublic
    ? { privateIPAddress: '10.0.0.4', publicIPAddress: { id: ip } }
    : { privateIPAddress: address };
  const ipConfigurations = [{ name: first?.name, properties: { ...properties, ...reached } }];
  return [
    plainResource(nic, 'Microsoft.Network/networkInterfaces', location, { ipConfigurations }),
    ...(isPublic
      ? [
          plainResource(ip, 'Microsoft.Network/publicIPAddresses', location, {
            ipAddress: address,
            publicIPAllocationMethod: 'Static',
          }),
        ]
      : []),
    plainResource(disk, 'Microsoft.Compute/disks', location, { diskState: 'Attached' }),
  ];
}

export function viewOf(machine: Resource) {
  const { power, provisioningState, extension } = machine.properties as Record<string, string | undefined>;
  return {
    // The agent reports these values.
    ...(provisioningState === 'Succeeded' && {
      computerName:
        (machine.properties.osProfile as { computerName?: string } | undefined)?.computerName ?? machine.name,
    }),
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
      ...(power ? [{ code: `PowerState/${power}`, level: 'Info', displayStatus: `VM ${power}` }] : []),
    ],
  };
}

/** Removes the fields that clients send and Azure never shows again. */
export function withoutSecrets(properties: Record<string, unknown>): Record<string, unknown> {
  const { userData: _, osProfile, ...rest } = properties;
  const { customData: __, ...profile } = (osProfile ?? {}) as Record<string, unknown>;
  return { ...rest, ...(osProfile !== undefined && { osProfile: profile }) };
}
