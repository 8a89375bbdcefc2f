/**
 * A real virtual machine behind the test endpoint: QEMU with the image's own kernel and a fresh overlay. It uses virtual timing, so
 * that a busy computer causes no timeout in the guest. The guest gets the same input as in Azure, in Azure's form: ovf-env.xml on a
 * disc, goal states over a separate line (a serial port instead of the wire server). Its port 22 is port 22 of its address once its
 * agent has reported. Until then nothing listens there, as on a machine that boots.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { BootFailure, type Machine, type RunContext } from '../../src/model/provider.ts';
import { ms } from '../../src/model/units.ts';
import { QEMU } from '../../src/providers/qemu/accelerator.ts';
import { qemuArguments } from '../../src/providers/qemu/arguments.ts';
import { run } from '../../src/providers/qemu/command.ts';
import { cpio } from '../../src/providers/qemu/cpio.ts';
import type { BuiltImage } from '../../src/providers/qemu/image-build.ts';
import { iso9660 } from '../../src/providers/qemu/iso9660.ts';
import { CONSOLE_LIMIT_BYTES, launch } from '../../src/providers/qemu/machine.ts';
import { OperationError } from './operations.ts';
import type { CommandResult, MachineOrder, Power, StandIn } from './power.ts';

export interface Datacentre {
  /** The image with this gallery id, which includes the version. */
  readonly imageOf: (id: string) => BuiltImage | undefined;
  /** For the files of machines; its path must be short, as it holds sockets. */
  readonly folder: string;
  readonly environment: RunContext['environment'];
  readonly timer: RunContext['timer'];
}

const READY_WITHIN = ms(6 * 60_000);
const MEMORY_BYTES = 1024 * 2 ** 20;
/** The run's part of the initrd, empty: this guest gets only what Azure gives. */
const NO_GIFT = cpio([
  { kind: 'folder', path: 'bench/run', mode: 0o755 },
  { kind: 'folder', path: 'bench/root', mode: 0o755 },
]);
const GOAL_STATES = 'goal-states';

export const realPower =
  (datacentre: Datacentre): Power =>
  async (order) => {
    const image = datacentre.imageOf(order.image);
    if (image === undefined) throw new Error(`no image ${order.image} behind this endpoint`);
    const folder = path.join(datacentre.folder, order.name);
    await mkdir(folder, { recursive: true });
    const stopping = new AbortController();
    const machine = start(datacentre, image, order, folder, stopping.signal);
    const door = machine.then((booted) => openDoor(order.address, booted));
    door.catch(() => {});
    let last = '';
    const console = () => {
      last = textOf(path.join(folder, 'console.log')) || last;
      return last;
    };
    const standIn: StandIn = {
      provisioned: door.catch((cause: unknown) => {
        throw cause instanceof BootFailure
          ? new OperationError({ code: 'OSProvisioningTimedOut', message: cause.failure.message })
          : cause;
      }),
      run: (command) => runInGuest(path.join(folder, GOAL_STATES), command),
      console,
      stop: async () => {
        console();
        stopping.abort(new Error('the machine is switched off'));
        (await door.catch(() => undefined))?.close();
        await (await machine.catch(() => undefined))?.destroy();
      },
    };
    return standIn;
  };

/** Resolves when the guest's agent has reported. */
async function start(
  { environment, timer }: Datacentre,
  image: BuiltImage,
  order: MachineOrder,
  folder: string,
  signal: AbortSignal,
): Promise<Machine> {
  const [overlay, disc, initrd] = ['disk.qcow2', 'provisioning.iso', 'initrd'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const create = ['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image.disk, '-F', 'raw', overlay];
  const made = await run(create, { environment, timeoutMs: ms(60_000) }, signal);
  if (made.exitCode !== 0) throw new Error(`could not make an overlay: ${made.output}`);
  await writeFile(disc, iso9660('rd_rdfe', [{ name: 'ovf-env.xml', content: Buffer.from(provisioningFile(order)) }]));
  await writeFile(initrd, Buffer.concat([await readFile(image.initrd), NO_GIFT]));
  const shape = {
    accelerator: 'tcg',
    timing: 'virtual',
    cpus: 1,
    memoryBytes: MEMORY_BYTES,
    kernelArguments: '',
    clockBase: new Date().toISOString().slice(0, 19),
    seed: 1,
  } as const;
  const disk = { kind: 'overlay', file: overlay, seedFile: disc, boot: { kernel: image.kernel, initrd } } as const;
  const goalStates = ['-serial', `unix:${GOAL_STATES},server=on,wait=off`];
  return launch(
    {
      name: order.name,
      folder,
      command: [QEMU, ...qemuArguments(shape, disk), ...goalStates],
      environment,
      facts: {},
      ssh: { user: order.user, privateKey: '', hostKey: { kind: 'trust-on-first-use' } },
      readyWithinMs: READY_WITHIN,
      consoleLimitBytes: CONSOLE_LIMIT_BYTES,
      requestedMs: timer.nowMs(),
      timer,
    },
    signal,
  );
}

/** The file that Azure writes on the disc of a new machine; only the fields that this guest reads. */
const provisioningFile = ({
  name,
  user,
  publicKey,
  customData = '',
}: MachineOrder): string => `<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:ns1="http://schemas.microsoft.com/windowsazure">
 <ns1:ProvisioningSection><ns1:LinuxProvisioningConfigurationSet>
  <ns1:HostName>${name}</ns1:HostName>
  <ns1:UserName>${user}</ns1:UserName>
  <ns1:DisableSshPasswordAuthentication>true</ns1:DisableSshPasswordAuthentication>
  <ns1:SSH><ns1:PublicKeys><ns1:PublicKey>
   <ns1:Value>${publicKey}</ns1:Value>
  </ns1:PublicKey></ns1:PublicKeys></ns1:SSH>
  <ns1:CustomData>${customData}</ns1:CustomData>
 </ns1:LinuxProvisioningConfigurationSet></ns1:ProvisioningSection>
</Environment>
`;

/** Port 22 of the machine's address. QEMU's own forwarding would accept connections before the guest does. */
async function openDoor(address: string, { ssh }: Machine): Promise<Server> {
  const server = createServer((outside) => {
    const inside = connect(ssh.port, ssh.host);
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
  });
  server.listen(22, address);
  await once(server, 'listening');
  return server;
}

/** Tells the agent to run a command, and waits for its exit code. */
async function runInGuest(socketFile: string, command: string): Promise<CommandResult> {
  const socket = connect(socketFile);
  await once(socket, 'connect');
  socket.write(`run ${Buffer.from(command).toString('base64')}\n`);
  let said = '';
  for await (const chunk of socket) {
    said += (chunk as Buffer).toString('latin1');
    const [, code, output = ''] = /^exit (\d{1,3}) ([A-Za-z0-9+/=]*)\r?\n/m.exec(said) ?? [];
    if (code !== undefined) return { exitCode: Number(code), output: Buffer.from(output, 'base64').toString('utf8') };
  }
  throw new Error('the machine ended while it ran a command');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
