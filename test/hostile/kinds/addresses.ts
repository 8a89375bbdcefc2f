/** Addresses that others name: bench sends no request to this computer, and no redirect leads it elsewhere. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Attack, check, DISK, type Lab, refused } from '../lab.ts';

const kind = 'addresses';

const scenario = (url: string, more = '') =>
  `name: x\nprovider: {kind: qemu}\nvariants:\n  before: {image: {file: a.raw}}\n` +
  `  after: {image: {url: "${url}", sha256: "${createHash('sha256').update(DISK).digest('hex')}"${more}}}\n`;

const run = (lab: Lab, url: string, more = '', shell?: string) => {
  lab.write('a.raw', DISK);
  lab.write('x.yaml', scenario(url, more));
  return lab.bench(['run', '--scenario', './x.yaml', '--boots', '1'], shell === undefined ? {} : { shell });
};

/** Various notations of the metadata service, or of a neighbour on the link. */
const ADDRESSES = [
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.170.2/v2/credentials',
  'http://2852039166/',
  'http://0xA9FEA9FE/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://169.254.169.254./',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://168.63.129.16/machine',
  'http://100.100.100.200/',
  'http://metadata.google.internal/',
  'http://METADATA/',
  'http://instance-data/',
  'http://user@169.254.169.254/',
  'http://１６９.254.169.254/',
  'http://0/',
];

/** Runs a server on the loopback while `use` runs; `asked` counts its requests. */
async function served(listener: RequestListener, use: (port: number, asked: () => number) => Promise<void>) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await use((server.address() as AddressInfo).port, () => asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The command with its own hosts file, in a mount name space. */
const withNames = (lines: string) =>
  `printf '${lines.replaceAll('\n', '\\n')}' >names; exec unshare $([ "$(id -u)" = 0 ] || echo --user --map-root-user) --mount sh -c 'mount --bind names /etc/hosts && exec "$@"' sh "$@"`;

const redirects = (name: string, location: (port: number) => string, words: RegExp, status = 302): Attack => ({
  kind,
  name: `a redirect ${name}`,
  run: (lab) =>
    served(
      ({ url }, response) =>
        url === '/from'
          ? response.writeHead(status, { location: lab.read('location') }).end()
          : response.end('the-text-behind-it'),
      async (port, asked) => {
        lab.write('location', location(port));
        const { status: code, stderr } = await run(lab, `http://127.0.0.1:${port}/from`);
        check(code === 2 || code === 3, `exit ${code}: ${stderr}`);
        check(words.test(stderr), `no ${words} in: ${stderr}`);
        check(!stderr.includes('the-text-behind-it'), 'what was fetched is shown');
        check(asked() === 1, `${asked()} requests were made`);
      },
    ),
});

export const addresses: readonly Attack[] = [
  ...ADDRESSES.map(
    (url, index): Attack => ({
      kind,
      name: `an image at ${url}`,
      long: index % 3 !== 0,
      async run(lab) {
        refused(await run(lab, url), /link-local or metadata|of this computer/);
      },
    }),
  ),
  ...ADDRESSES.map(
    (url, index): Attack => ({
      kind,
      name: `a webhook at ${url}`,
      long: index % 10 !== 0,
      async run(lab) {
        lab.sampleRun();
        await lab.bench(['history', 'add', 'run', '--history', 'history']);
        refused(await lab.bench(['alert', 'history', '--webhook', url]), /link-local or metadata/);
      },
    }),
  ),
  ...['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,x', 'javascript:1', 'gopher://127.0.0.1/', '//127.0.0.1/x'].map(
    (url): Attack => ({
      kind,
      name: `an image at ${url}`,
      async run(lab) {
        refused(await run(lab, url), /http|address/i);
      },
    }),
  ),
  {
    kind,
    name: 'a name that resolves to the metadata service',
    async run(lab) {
      const shell = withNames('127.0.0.1 localhost\n169.254.169.254 images.example\n');
      refused(await run(lab, 'http://images.example/disk.raw', '', shell), 'images.example', /link-local or metadata/);
    },
  },
  {
    kind,
    name: 'a name with one address that is the metadata service',
    run: (lab) =>
      served(
        (_, response) => response.end('x'),
        async (port, asked) => {
          const shell = withNames('127.0.0.1 images.example\nfe80::1 images.example\n');
          refused(await run(lab, `http://images.example:${port}/`, '', shell), /link-local or metadata/);
          check(asked() === 0, 'it was asked');
        },
      ),
  },
  redirects('to another host', (port) => `http://localhost:${port}/there`, /another host, localhost/),
  redirects('to the metadata service', () => 'http://169.254.169.254/', /another host|link-local/),
  redirects('to the metadata service in hexadecimal', () => 'http://0xa9fea9fe/', /another host|link-local/, 307),
  redirects('to a mapped address', () => 'http://[::ffff:a9fe:a9fe]/', /another host|link-local/, 308),
  redirects('to a file', () => 'file:///etc/passwd', /file: is not supported/),
  redirects('to no address', () => 'http://[', /an invalid address/),
  {
    kind,
    name: 'a redirect to the metadata service that the scenario names',
    run: (lab) =>
      served(
        (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
        async (port) => {
          const result = await run(lab, `http://127.0.0.1:${port}/`, ', redirects: ["169.254.169.254"]');
          refused(result, /link-local or metadata/);
        },
      ),
  },
  {
    kind,
    name: 'a redirect for ever',
    run: (lab) =>
      served(
        (_, response) => response.writeHead(302, { location: '/again' }).end(),
        async (port, asked) => {
          const { status, stderr } = await run(lab, `http://127.0.0.1:${port}/`);
          check(status === 3 && /redirects more than/.test(stderr) && asked() < 10, `exit ${status}: ${stderr}`);
        },
      ),
  },
  {
    kind,
    name: 'what was fetched is not shown, nor its digest',
    run: (lab) =>
      served(
        (_, response) => response.end('the-text-behind-it'),
        async (port) => {
          const { status, stderr } = await run(lab, `http://127.0.0.1:${port}/`);
          const digest = createHash('sha256').update('the-text-behind-it').digest('hex');
          check(status === 3 || status === 2, `exit ${status}: ${stderr}`);
          check(!stderr.includes(digest.slice(0, 12)) && !stderr.includes('the-text'), `shown: ${stderr}`);
        },
      ),
  },
];
