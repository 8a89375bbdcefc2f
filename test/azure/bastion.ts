/** A Bastion: its sessions and their tunnels, to ports of the loopback. `log` lists the requests. */
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Certificate } from './certificate.ts';

export interface BastionOptions {
  readonly certificate: Certificate;
  /** The resource manager's token, which the Bastion accepts. */
  readonly token: string;
  /** The port that stands for port 22 of a machine, by its resource id. */
  readonly portOf: (machineId: string) => number | undefined;
}

export type FakeBastion = Awaited<ReturnType<typeof startBastion>>;

const NODE = 'node-7';

export async function startBastion({ certificate, token, portOf }: BastionOptions) {
  const log: string[] = [];
  /** Port of each session, by its token for the tunnel; opening the tunnel uses it up. */
  const waiting = new Map<string, number>();
  const sessions = new Set<string>();
  let counter = 0;
  const server = createServer(certificate, async (request, response) => {
    const url = new URL(request.url ?? '/', 'https://bastion');
    log.push(`${request.method} ${url.pathname}`);
    const end = (status: number, body?: unknown) =>
      response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
    const [, , , authToken] = url.pathname.split('/');
    if (request.method === 'DELETE')
      return end(request.headers['x-node-id'] === NODE && sessions.delete(authToken ?? '') ? 204 : 404);
    let text = '';
    for await (const chunk of request) text += chunk;
    const asked = new URLSearchParams(text);
    const port = portOf(asked.get('resourceId') ?? '');
    if (asked.get('aztoken') !== token) return end(401);
    if (asked.get('protocol') !== 'tcptunnel' || asked.get('workloadHostPort') !== '22' || port === undefined)
      return end(400);
    counter += 1;
    const session = { authToken: `auth ${counter}`, websocketToken: `tunnel/${counter}`, nodeId: NODE };
    sessions.add(encodeURIComponent(session.authToken));
    waiting.set(session.websocketToken, port);
    return end(200, session);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'https://bastion');
    log.push(`${request.method} ${url.pathname}`);
    const name = decodeURIComponent(/^\/webtunnelv2\/([^/]+)$/.exec(url.pathname)?.[1] ?? '');
    const port = waiting.get(name);
    waiting.delete(name);
    if (port === undefined || url.searchParams.get('X-Node-Id') !== NODE) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const inside = createWebSocketStream(accepted);
      const outside = connect(port, '127.0.0.1');
      inside.pipe(outside).pipe(inside);
      inside.on('error', () => outside.destroy()).on('close', () => outside.destroy());
      outside.on('error', () => accepted.terminate()).on('close', () => accepted.close());
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    /** Sessions that no user deleted. */
    left: () => sessions.size,
    async close() {
      sockets.close();
      for (const client of sockets.clients) client.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
