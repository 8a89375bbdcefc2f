/** Virtual machines of the test endpoint: made with disk, interface and address by one request, and gone with them. */
import { type Answer, notFound, stamp } from './answer.ts';
import type { Call } from './faults.ts';
import { OperationError, type Operations } from './operations.ts';
import type { Door, Power, StandIn } from './power.ts';
import { groupOf, groupPathOf, plainResource, type Resource, type Resources, shown } from './resources.ts';
import { runCommandRoom } from './run-commands.ts';

/** How long things take, in milliseconds. */
export interface Latency {
  readonly answer: number;
  readonly create: (name: string) => number;
  /** The power state that a machine is shown with until it runs. */
  readonly early?: (name: string) => string | undefined;
  readonly extension: number;
  readonly delete: number;
}

/** When things really happened, by machine: what marks are held against. */
export interface Truth {
  acceptedMs?: number;
  answeredMs?: number;
  operationStart?: string;
  operationEnd?: string;
  runningMs?: number;
}

export interface Surroundings {
  readonly resources: Resources;
  readonly operations: Operations;
  readonly power: Power;
  readonly latency: Latency;
  readonly base: () => string;
  /** What was written to storage, by its path. */
  readonly blobs: Map<string, string>;
}

interface MachineRequest {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly zones?: readonly string[];
  readonly properties: Record<string, unknown>;
}

interface NicConfiguration {
  readonly name: string;
  readonly properties: Record<string, unknown>;
}

export const MACHINE = 'Microsoft.Compute/virtualMachines';

export function machineRoom({ resources, operations, power, latency, base, blobs }: Surroundings) {
  const runCommands = runCommandRoom(blobs);
  const standIns = new Map<string, StandIn>();
  const doors = new Map<string, Door>();
  const truth = new Map<string, Truth>();
  let count = 0;
  const key = (id: string) => id.toLowerCase();
  const truthOf = (name: string): Truth => {
    const known = truth.get(name) ?? {};
    truth.set(name, known);
    return known;
  };

  function put(call: Call, name: string): Answer {
    const id = call.path;
    const body = call.body as MachineRequest;
    const { location, properties: sent } = body;
    if (!resources.group(groupOf(id))) return notFound('ResourceGroupNotFound');
    count += 1;
    const address = `127.1.${Math.floor(count / 250)}.${(count % 250) + 1}`;
    const resource = machineOf(id, name, body, count);
    if (!resources.get(id)) {
      resources.put(resource);
      for (const part of partsOf(id, name, location, sent, address)) resources.put(part);
    }
    const takesMs = latency.create(name);
    const early = latency.early?.(name);
    if (early !== undefined) resource.properties.power = early;
    const guest = deferred();
    const over = (failed: boolean) => {
      truthOf(name).operationEnd = operation.endTime ?? '';
      resource.properties.provisioningState = failed ? 'Failed' : 'Succeeded';
    };
    const operation = operations.start(location, call, takesMs, over, guest.promise);
    truthOf(name).operationStart = operation.startTime;
    // Azure finds a host in the first seconds; the guest's own report ends the operation.
    if (!operation.error || /^(OSProvisioning|InternalError)/.test(operation.error.code)) {
      operations.later(takesMs / 2, () => {
        if (resources.get(id) !== resource) return guest.resolve(undefined);
        resource.properties.power = 'running';
        truthOf(name).runningMs = performance.now();
        switchOn(resource, sent, address).then(guest.resolve, guest.reject);
      });
    }
    return { status: 201, body: shown(resource), headers: operations.headers(operation) };
  }

  async function switchOn(resource: Resource, sent: Record<string, unknown>, address: string): Promise<unknown> {
    const profile = sent.osProfile as
      | {
          adminUsername?: string;
          customData?: string;
          linuxConfiguration?: { ssh?: { publicKeys?: { keyData: string }[] } };
        }
      | undefined;
    const standIn = await power({
      name: resource.name,
      tags: resource.tags,
      address,
      image: imageOf(sent).id ?? '',
      user: profile?.adminUsername ?? '',
      customData: profile?.customData,
      publicKey: profile?.linuxConfiguration?.ssh?.publicKeys?.[0]?.keyData ?? '',
    });
    if (resources.get(resource.id) !== resource) return standIn.stop();
    standIns.set(key(resource.id), standIn);
    if (standIn.door !== undefined) doors.set(address, standIn.door);
    return standIn.provisioned;
  }

  /** Takes a resource away, and with a machine all that belongs to it. */
  function remove(id: string): void {
    const gone = resources.get(id);
    resources.delete(id);
    void standIns.get(key(id))?.stop();
    standIns.delete(key(id));
    if (gone?.type !== MACHINE) return;
    for (const part of partIdsOf(id, gone.name)) resources.delete(part);
  }

  function deleteOne(call: Call): Answer {
    const found = resources.get(call.path);
    if (!found) return { status: 204 };
    const operation = operations.start(found.location, call, latency.delete, (failed) => {
      if (!failed) remove(call.path);
    });
    found.properties.provisioningState = 'Deleting';
    return {
      status: 202,
      headers: { ...operations.headers(operation), location: `${base()}/done/${operation.id}` },
    };
  }

  function putExtension(call: Call): Answer {
    const [machineId = ''] = call.path.split(/\/extensions\//i);
    const machine = resources.get(machineId);
    if (!machine) return notFound('ParentResourceNotFound');
    const body = call.body as MachineRequest;
    const { protectedSettings, ...properties } = body.properties;
    const { commandToExecute = '' } = (protectedSettings ?? {}) as { commandToExecute?: string };
    const standIn = standIns.get(key(machineId));
    const ran = standIn?.run && runIn(standIn.run, commandToExecute, machine);
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
        type: `${MACHINE}/extensions`,
        location: body.location,
        properties: { ...properties, provisioningState: 'Creating' },
      },
      headers: operations.headers(operation),
    };
  }

  function answer(call: Call, below: string | undefined): Answer {
    const [id, name] = [call.path.split('/').slice(0, 9).join('/'), call.path.split('/')[8] ?? ''];
    if (below?.startsWith('/extensions/')) return putExtension(call);
    if (below?.startsWith('/runcommands/')) return runCommands.answer(call, standIns.get(key(id))?.run);
    if (call.method === 'PUT') return put(call, name);
    if (call.method === 'DELETE') return deleteOne(call);
    const machine = resources.get(id);
    if (!machine) return notFound('ResourceNotFound');
    if (below === '/retrievebootdiagnosticsdata')
      return {
        status: 200,
        body: { serialConsoleLogBlobUri: `${base()}/console/${key(machine.id).replaceAll('/', '~')}?sig=secret` },
      };
    const view = viewOf(machine);
    if (below === '/instanceview') return { status: 200, body: view };
    const body = shown(machine);
    if (call.query.get('$expand') !== 'instanceView') return { status: 200, body };
    return { status: 200, body: { ...body, properties: { ...body.properties, instanceView: view } } };
  }

  /** Shows a machine with another power state than it has, as Azure's own views lag behind. */
  function show(name: string, power: string): void {
    const found = resources.all().find((each) => each.type === MACHINE && each.name === name);
    if (found !== undefined) found.properties.power = power;
  }

  /** Takes a machine down from outside. */
  function takeDown(name: string, power: 'deallocated' | 'stopped'): void {
    const found = resources.all().find((each) => each.type === MACHINE && each.name === name);
    if (found === undefined) throw new Error(`no machine ${name}`);
    found.properties.power = power;
    void standIns.get(key(found.id))?.stop();
  }

  return {
    answer,
    remove,
    takeDown,
    show,
    truth,
    truthOf,
    doorOf: (address: string) => doors.get(address),
    consoleOf: (id: string) => standIns.get(key(id))?.console() ?? '',
    close: () => Promise.all([...standIns.values()].map((standIn) => standIn.stop())),
  };
}

/** An extension's error does not say the exit code: the machine's own view does. */
async function runIn(run: NonNullable<StandIn['run']>, command: string, machine: Resource): Promise<void> {
  const { exitCode, output } = await run(command);
  if (exitCode === 0) return;
  machine.properties.extension = `Enable failed: failed to execute command: command terminated with exit status=${exitCode}\n[stderr]\n${output.slice(-2000)}`;
  throw new OperationError({
    code: 'VMExtensionProvisioningError',
    message: "VM has reported a failure when processing extension 'bench-cse'.",
  });
}

const imageOf = (sent: Record<string, unknown>): Record<string, string | undefined> =>
  (sent.storageProfile as { imageReference?: Record<string, string> }).imageReference ?? {};

function machineOf(id: string, name: string, body: MachineRequest, number: number): Resource {
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

/** Ids of what a machine's request makes beside it: interface, address, disk. */
function partIdsOf(id: string, name: string): [string, string, string] {
  const around = `${groupPathOf(id)}/providers`;
  const network = `${around}/Microsoft.Network`;
  return [
    `${network}/networkInterfaces/${name}-nic`,
    `${network}/publicIPAddresses/${name}-ip`,
    `${around}/Microsoft.Compute/disks/${name}_OsDisk`,
  ];
}

function partsOf(
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

function viewOf(machine: Resource) {
  const { power, provisioningState, extension } = machine.properties as Record<string, string | undefined>;
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
      ...(power ? [{ code: `PowerState/${power}`, level: 'Info', displayStatus: `VM ${power}` }] : []),
    ],
  };
}

/** What is sent and never shown again. */
function withoutSecrets(properties: Record<string, unknown>): Record<string, unknown> {
  const { userData: _, osProfile, ...rest } = properties;
  const { customData: __, ...profile } = (osProfile ?? {}) as Record<string, unknown>;
  return { ...rest, ...(osProfile !== undefined && { osProfile: profile }) };
}

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (cause: unknown) => void = () => {};
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
