/**
 * A tunnel to port 22 of a machine through Azure Bastion, as its native clients open one. Bench exchanges the resource manager's
 * token for a session. The session carries the bytes of one connection as binary WebSocket messages; bench deletes it afterwards.
 *
 *   POST   https://<bastion>/api/tokens              who, which machine, which port -> authToken, websocketToken, nodeId
 *   GET    wss://<bastion>/webtunnelv2/<websocketToken>?X-Node-Id=<nodeId>
 *   DELETE https://<bastion>/api/tokens/<authToken>  X-Node-Id: <nodeId>
 *
 * The protocol is not documented. Sources: the bastion extension of the Azure CLI, the AKS node image tests (bastionssh.go). The
 * Developer SKU uses another protocol (no tunnels from a shared pool); Basic has none.
 */
import * as z from 'zod';
import { usageError, worldError } from '../../../model/errors.ts';
import { jsonOrUndefined } from '../../../model/json.ts';
import type { ByteStream } from '../../../model/provider.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';
import { type Arm, get } from '../arm/connection.ts';
import { NETWORK_API } from './network.ts';

export interface Bastion {
  readonly name: string;
  /** Host, and a port unless it is 443. */
  readonly endpoint: string;
}

const Host = z.object({
  sku: z.object({ name: z.string().optional() }).optional(),
  properties: z.object({ dnsName: z.string().optional(), enableTunneling: z.boolean().optional() }).default({}),
});

const Session = z.object({ authToken: z.string().min(1), websocketToken: z.string().min(1), nodeId: z.string() });
type Session = z.infer<typeof Session>;

const SSH_PORT = '22';
const HANDSHAKE_WITHIN_MS = 15_000;
const DELETE_WITHIN_MS = 30_000;
/** Bastion sends messages of some kilobytes. */
const LARGEST_MESSAGE = 4 * 2 ** 20;

/** Looks a Bastion up, and rejects one without tunnels. */
export async function findBastion(arm: Arm, id: string, signal: AbortSignal): Promise<Bastion> {
  const found = await get(arm, Host, `${id}?${NETWORK_API}`, signal);
  const name = id.split('/').at(-1) ?? '';
  const { dnsName, enableTunneling } = found.properties;
  if (dnsName === undefined || enableTunneling !== true)
    throw usageError(
      `The Bastion ${name} (${found.sku?.name ?? 'unknown SKU'}) does not support tunnels.`,
      'Use SKU Standard or Premium with native client support: az network bastion update --enable-tunneling true.',
    );
  return { name, endpoint: dnsName };
}

/** Opens a connection to a machine's SSH port; destroying it ends the session. Throws a BenchError, or the reason of `signal`. */
export async function openTunnel(
  arm: Arm,
  bastion: Bastion,
  machineId: string,
  signal: AbortSignal,
): Promise<ByteStream> {
  const session = await openSession(arm, bastion, machineId, signal);
  try {
    const stream = await openStream(arm, bastion, session, signal);
    stream.once('close', () => void endSession(arm, bastion, session));
    return stream;
  } catch (cause) {
    void endSession(arm, bastion, session);
    throw cause;
  }
}

async function openSession(arm: Arm, { endpoint }: Bastion, machineId: string, signal: AbortSignal): Promise<Session> {
  const question = new URLSearchParams({
    resourceId: machineId,
    protocol: 'tcptunnel',
    workloadHostPort: SSH_PORT,
    aztoken: await arm.token(signal),
    token: '',
  });
  const { status, text } = await arm.elsewhere(
    {
      method: 'POST',
      url: `https://${endpoint}/api/tokens`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: question.toString(),
    },
    signal,
  );
  const session = status === 200 ? Session.safeParse(jsonOrUndefined(text)) : undefined;
  if (session?.success) return session.data;
  throw worldError(
    `it returned no session (HTTP ${status})`,
    'The identity needs the role Reader on the Bastion, on the machine and on its network interface.',
  );
}

async function openStream(arm: Arm, { endpoint }: Bastion, session: Session, signal: AbortSignal): Promise<ByteStream> {
  const { WebSocket, createWebSocketStream } = await import('ws');
  signal.throwIfAborted();
  const node = encodeURIComponent(session.nodeId);
  const address = `wss://${endpoint}/webtunnelv2/${encodeURIComponent(session.websocketToken)}?X-Node-Id=${node}`;
  const agent = arm.tunnelTo(address);
  const socket = new WebSocket(address, {
    ...(agent && { agent }),
    handshakeTimeout: HANDSHAKE_WITHIN_MS,
    maxPayload: LARGEST_MESSAGE,
    perMessageDeflate: false,
    ...(arm.ca !== undefined && { ca: arm.ca }),
  });
  const stop = () => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      // The address contains the session's token, so pass on only the message.
      socket.on('error', ({ message }) => reject(worldError(`its tunnel did not open (${message})`)));
    });
    return createWebSocketStream(socket);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Never throws: if the deletion fails, the session ends by itself later. */
async function endSession(arm: Arm, { endpoint }: Bastion, { authToken, nodeId }: Session): Promise<void> {
  const url = `https://${endpoint}/api/tokens/${encodeURIComponent(authToken)}`;
  const request = { method: 'DELETE', url, headers: { 'x-node-id': nodeId } } as const;
  await arm.elsewhere(request, timeLimit(ms(DELETE_WITHIN_MS))).catch(() => undefined);
}
