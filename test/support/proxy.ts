/** A forward proxy on the loopback, as in organisations: tunnels (CONNECT), and plain requests with a whole address. */
import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ProxyOptions {
  /** The status with which it refuses every request. */
  readonly refuses?: number;
  /** The `user:password` that it requires. */
  readonly wants?: string;
}

/** The end of the test closes the proxy. `asked` lists the requests: `CONNECT host:port`, `GET http://...`. */
export async function startProxy({ refuses, wants }: ProxyOptions = {}) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const refusal = (given: string | undefined): number | undefined =>
    wants !== undefined && given !== `Basic ${Buffer.from(wants).toString('base64')}` ? 407 : refuses;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { 'proxy-authorization': given, 'proxy-connection': _, ...headers } = request.headers;
    const status = refusal(given);
    if (status !== undefined) return void response.writeHead(status).end('refused by the proxy');
    const passed = forward(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.writeHead(502).end());
    request.pipe(passed);
  });
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    asked.push(`CONNECT ${request.url}`);
    const status = refusal(request.headers['proxy-authorization']);
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) {
      sockets.add(end);
      end.on('error', () => {
        target.destroy();
        socket.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { asked, port, url: `http://127.0.0.1:${port}` };
}
