/**
 * Scale sets of the test endpoint. A uniform one contains its instance, with an interface and an address that no list of
 * resources shows; a flexible one creates a virtual machine beside it. Shapes: VirtualMachineScaleSet.json.
 */
import { type Answer, notFound } from './answer.ts';
import { deletion } from './deletion.ts';
import type { Call } from './faults.ts';
import {
  MACHINE,
  type MachineRequest,
  machineOf,
  type NicConfiguration,
  partIdsOf,
  partsOf,
  type Surroundings,
  viewOf,
  withoutSecrets,
} from './machines.ts';
import { groupOf, groupPathOf, plainResource, type Resource, shown } from './resources.ts';
import { runCommandRoom } from './run-commands.ts';

export const SCALE_SET = 'Microsoft.Compute/virtualMachineScaleSets';

interface SetRequest extends MachineRequest {
  readonly sku: { readonly name: string; readonly capacity: number };
}

interface Instance {
  readonly machine: Resource;
  /** Resources inside scale sets, by id in lower case. */
  readonly inside: ReadonlyMap<string, Resource>;
}

export function scaleSetRoom(surroundings: Surroundings) {
  const { resources, operations, hosts, base, blobs } = surroundings;
  const runCommands = runCommandRoom(blobs);
  const instances = new Map<string, Instance>();
  const key = (id: string) => id.toLowerCase();

  function put(call: Call): Answer {
    const id = call.path;
    const body = call.body as SetRequest;
    if (!resources.group(groupOf(id))) return notFound('ResourceGroupNotFound');
    const set = setOf(id, body);
    resources.put(set);
    const model = body.properties.virtualMachineProfile as Record<string, unknown>;
    const { number, address } = hosts.next();
    const flexible = body.properties.orchestrationMode === 'Flexible';
    const made = flexible ? besideOf(id, body, model, number, address) : insideOf(id, body, model, number, address);
    const isThere = () => resources.get(id) === set;
    const operation = hosts.boot(
      call,
      {
        name: set.name,
        hostName: made.hostName,
        machine: made.machine,
        sent: model,
        address,
        isThere,
        ...commandOf(model),
      },
      (failed) => {
        set.properties.provisioningState = failed ? 'Failed' : 'Succeeded';
      },
    );
    return { status: 201, body: shown(set), headers: operations.headers(operation) };
  }

  /** The instance of a uniform set: only its disk is a resource of the group. */
  function insideOf(id: string, body: SetRequest, model: Record<string, unknown>, number: number, address: string) {
    const name = id.split('/').at(-1) ?? '';
    const at = `${id}/virtualMachines/0`;
    const { machine, hostName } = instanceOf(at, `${name}_0`, body, model, number);
    const [config] = nicsOf(model);
    const nic = `${at}/networkInterfaces/${config?.name}`;
    const ips = (config?.properties.ipConfigurations ?? []) as NicConfiguration[];
    const publicName = (ips[0]?.properties.publicIPAddressConfiguration as { name?: string } | undefined)?.name;
    const publicId = publicName && `${nic}/ipConfigurations/${ips[0]?.name}/publicIPAddresses/${publicName}`;
    const ipConfigurations = ips.map(({ name: each, properties }, index) => {
      const { publicIPAddressConfiguration: _, ...rest } = properties;
      const own = index > 0 ? `10.0.1.${index}` : publicId ? '10.0.0.4' : address;
      const reached = index === 0 && publicId ? { publicIPAddress: { id: publicId } } : {};
      return { name: each, properties: { ...rest, privateIPAddress: own, ...reached } };
    });
    const network = { ...config?.properties, ipConfigurations, virtualMachine: { id: at } };
    const inside = [plainResource(nic, 'Microsoft.Network/networkInterfaces', body.location, network)];
    if (publicId)
      inside.push(
        plainResource(publicId, 'Microsoft.Network/publicIPAddresses', body.location, { ipAddress: address }),
      );
    machine.properties.networkProfile = { networkInterfaces: [{ id: nic, properties: { primary: true } }] };
    resources.put(plainResource(diskOf(id, name), 'Microsoft.Compute/disks', body.location, { diskState: 'Attached' }));
    instances.set(key(id), { machine, inside: new Map(inside.map((each) => [key(each.id), each])) });
    return { machine, hostName };
  }

  /** The machine of a flexible set is like all others. */
  function besideOf(id: string, body: SetRequest, model: Record<string, unknown>, number: number, address: string) {
    const name = `${id.split('/').at(-1)}_${String(number).padStart(8, '0')}`;
    const at = `${groupPathOf(id)}/providers/${MACHINE}/${name}`;
    const { machine, hostName } = instanceOf(at, name, body, model, number);
    machine.properties.virtualMachineScaleSet = { id };
    machine.properties.hardwareProfile = { vmSize: body.sku.name };
    for (const each of [machine, ...partsOf(at, name, body.location, model, address)]) resources.put(each);
    const [nic] = partIdsOf(at, name);
    machine.properties.networkProfile = { networkInterfaces: [{ id: nic, properties: { deleteOption: 'Delete' } }] };
    return { machine, hostName };
  }

  /** Removes a set with its instance and everything that belongs to that. */
  function remove(id: string): void {
    const gone = resources.get(id);
    resources.delete(id);
    if (gone?.type !== SCALE_SET) return;
    hosts.forget(`${id}/virtualMachines/0`);
    instances.delete(key(id));
    resources.delete(diskOf(id, gone.name));
    const members = resources.all().filter(({ properties }) => {
      const of = properties.virtualMachineScaleSet as { id: string } | undefined;
      return of !== undefined && key(of.id) === key(id);
    });
    for (const member of members) {
      hosts.forget(member.id);
      for (const part of [member.id, ...partIdsOf(member.id, member.name)]) resources.delete(part);
    }
  }

  function answer(call: Call, below: string | undefined): Answer {
    const id = call.path.split('/').slice(0, 9).join('/');
    if (below === undefined) {
      if (call.method === 'PUT') return put(call);
      if (call.method === 'DELETE') return deletion(call, surroundings, () => remove(call.path));
      const set = resources.get(id);
      return set ? { status: 200, body: shown(set) } : notFound('ResourceNotFound');
    }
    if (!resources.get(id)) return notFound('ParentResourceNotFound');
    const instance = instances.get(key(id));
    const expanded = /instanceView/i.test(call.query.get('$expand') ?? '');
    if (below === '/virtualmachines')
      return { status: 200, body: { value: instance ? [shownInstance(instance, expanded)] : [] } };
    const rest = /^\/virtualmachines\/0(\/.*)?$/.exec(below);
    if (!instance || !rest) return notFound('NotFound');
    return instanceAnswer(call, instance, rest[1], expanded);
  }

  function instanceAnswer(call: Call, instance: Instance, below: string | undefined, expanded: boolean): Answer {
    const { machine, inside } = instance;
    if (below === undefined) return { status: 200, body: shownInstance(instance, expanded) };
    if (below === '/instanceview') return { status: 200, body: viewOf(machine) };
    if (below === '/retrievebootdiagnosticsdata')
      return {
        status: 200,
        body: { serialConsoleLogBlobUri: `${base()}/console/${key(machine.id).replaceAll('/', '~')}?sig=secret` },
      };
    if (below.startsWith('/runcommands/')) return runCommands.answer(call, hosts.runOf(machine.id));
    if (below === '/networkinterfaces')
      return { status: 200, body: { value: [...inside.values()].slice(0, 1).map(shown) } };
    const part = inside.get(key(call.path));
    return part ? { status: 200, body: shown(part) } : notFound('NotFound');
  }

  /** Takes an instance down from outside, or shows it with another power state than its real one. */
  function setPower(name: string, power: string, isDown: boolean): boolean {
    const found = [...instances.values()].find(({ machine }) => machine.name === `${name}_0`)?.machine;
    if (found === undefined) return false;
    found.properties.power = power;
    if (isDown) hosts.stop(found.id);
    return true;
  }

  return { answer, remove, setPower };
}

const diskOf = (id: string, name: string): string =>
  `${groupPathOf(id)}/providers/Microsoft.Compute/disks/${name}_${name}_0_OsDisk_1`;

const nicsOf = (model: Record<string, unknown>): NicConfiguration[] =>
  (model.networkProfile as { networkInterfaceConfigurations: NicConfiguration[] }).networkInterfaceConfigurations;

function commandOf(model: Record<string, unknown>): { readonly command?: string } {
  const { extensions = [] } = (model.extensionProfile ?? {}) as {
    extensions?: { properties: { protectedSettings?: { commandToExecute?: string } } }[];
  };
  const command = extensions[0]?.properties.protectedSettings?.commandToExecute;
  return command === undefined ? {} : { command };
}

/** The public view of a set: without secrets. */
function setOf(id: string, body: SetRequest): Resource & Pick<SetRequest, 'sku'> {
  const { location, tags = {}, zones, sku, properties } = body;
  const { virtualMachineProfile, ...rest } = properties;
  const { extensionProfile, ...model } = virtualMachineProfile as Record<string, unknown>;
  const { extensions = [] } = (extensionProfile ?? {}) as { extensions?: { properties: Record<string, unknown> }[] };
  const visible = extensions.map(({ properties: { protectedSettings: _, ...each }, ...extension }) => ({
    ...extension,
    properties: each,
  }));
  return {
    ...plainResource(id, SCALE_SET, location, {
      ...rest,
      virtualMachineProfile: {
        ...withoutSecrets(model),
        ...(visible.length > 0 && { extensionProfile: { extensions: visible } }),
      },
      provisioningState: 'Creating',
    }),
    tags,
    sku,
    ...(zones && { zones }),
  };
}

/** An instance as a machine; the name of its computer is the prefix of the set plus a number. */
function instanceOf(id: string, name: string, body: SetRequest, model: Record<string, unknown>, number: number) {
  const { osProfile, extensionProfile: _, networkProfile: __, ...rest } = withoutSecrets(model);
  const { computerNamePrefix, ...profile } = (osProfile ?? {}) as { computerNamePrefix?: string };
  const hostName = `${computerNamePrefix ?? name}000000`;
  const { zones, ...machine } = machineOf(id, name, { ...body, properties: rest }, number);
  machine.properties.osProfile = { ...profile, computerName: hostName };
  return { machine: { ...machine, ...(zones && { zones }) }, hostName };
}

function shownInstance({ machine }: Instance, expanded: boolean) {
  const { properties, ...rest } = shown(machine);
  const { timeCreated: _, ...known } = properties;
  const view = expanded ? { instanceView: viewOf(machine) } : {};
  return {
    ...rest,
    type: `${SCALE_SET}/virtualMachines`,
    instanceId: '0',
    properties: { ...known, latestModelApplied: true, ...view },
  };
}
