/** A git host on loopback that requires a token for every request: real git behind real HTTP (git-http-backend as a CGI program). */
import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface GitServer {
  readonly url: string;
  close(): void;
}

/** Serves the bare repositories of `folder` to clients that send user and password, and creates `image.git` there. */
export async function startGitServer(folder: string, userAndPassword: string): Promise<GitServer> {
  const token = Buffer.from(userAndPassword).toString('base64');
  const repository = path.join(folder, 'image.git');
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true']);
  const server = createServer((request, response) => {
    // The name of the scheme is case-insensitive.
    if (request.headers.authorization?.replace(/^basic /i, '') === token) serve(request, response, folder);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

function serve(request: IncomingMessage, response: ServerResponse, folder: string): void {
  const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
  const cgi = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? '',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'job',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(cgi.stdin);
  const chunks: Buffer[] = [];
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  cgi.once('close', () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf('\r\n\r\n');
    const headers = answer.subarray(0, end).toString('latin1').split('\r\n');
    const status = headers.find((line) => /^status:/i.test(line))?.match(/\d+/)?.[0] ?? '200';
    for (const [, name = '', value = ''] of headers.flatMap((line) => [/^([^:]+): (.*)$/.exec(line) ?? []]))
      if (name !== '' && !/^status$/i.test(name)) response.setHeader(name, value);
    response.writeHead(Number(status)).end(answer.subarray(end + 4));
  });
}
