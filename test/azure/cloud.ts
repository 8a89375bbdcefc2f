/**
 * `npm run azure -- run --scenario mariner-kata --boots 2 --set concurrency=1`: bench as a user runs it, without an account,
 * against the test endpoint. Behind the endpoint are real virtual machines, and beside it a node bootstrapper. All of it runs in its
 * own network. So each machine can have port 22 of an address, even without root and beside another sshd. The machines
 * are scale sets in the node resource group of a cluster. Prints the leftovers at the endpoint beside what was there before, and
 * fails where there are any, or where bench touched a resource of others.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { realTimer as timer } from '../support/timer.ts';
import { accountAt } from './account.ts';
import { SLOW_ADMIN, startBootstrapper } from './bootstrapper.ts';
import { catalogue, GALLERY, size } from './catalogue.ts';
import { newCertificate } from './certificate.ts';
import { NODE_GROUP, nodeGroup } from './cluster.ts';
import { startEndpoint } from './endpoint.ts';
import { nodeImages } from './node-images.ts';
import { realPower } from './real-machine.ts';

const INSIDE = 'BENCH_AZURE_TEST_NETWORK';
const IMAGES = { before: `${GALLERY}/versions/1.1.9`, after: `${GALLERY}/versions/1.1.10` } as const;
/** The bootstrap token in the node config: no file of the run may contain it. */
const TOKEN = 'abcdef.0123456789abcdef';

const { env: environment } = process;
// Bench shuts down in order on the first Ctrl-C; its cloud ends after it.
process.on('SIGINT', () => {});
// The build needs the network of this computer; inside, the images come from the cache.
const images = await nodeImages({
  cacheFolder: environment.BENCH_CACHE ?? path.resolve('node_modules/.cache/bench-test'),
  environment,
  timer,
  progress: (line) => console.error(line),
  signal: new AbortController().signal,
});
process.exitCode = environment[INSIDE] ? await serve() : await enterNetwork();

async function enterNetwork(): Promise<number> {
  const rights = userInfo().uid === 0 ? [] : ['--user', '--map-root-user'];
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)];
  return run('unshare', [...rights, '--net', '--', ...inside], { [INSIDE]: 'yes' });
}

async function serve(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'azure-'));
  const machines = path.join(folder, 'm');
  mkdirSync(machines);
  const nodeConfig = path.join(folder, 'node.json');
  writeFileSync(nodeConfig, JSON.stringify({ bootstrapToken: '${env:BENCH_NODE_TOKEN}' }));
  const certificate = newCertificate(folder);
  const known = catalogue({ skus: [size('Standard_D4ds_v5')] });
  const imageOf = (id: string) => images.get(id === IMAGES.before ? 'before' : id === IMAGES.after ? 'after' : '');
  const endpoint = await startEndpoint({
    certificate,
    catalogue: known,
    power: realPower({ imageOf, folder: machines, environment, timer }),
    latency: { answer: 20, create: () => 4_000, extension: 0, delete: 2_000 },
  });
  const { group, inside } = nodeGroup();
  endpoint.plant(group, inside);
  const before = endpoint.snapshot();
  const theirs = endpoint.left();
  const bootstrapper = await startBootstrapper();
  try {
    const code = await run(process.execPath, ['dist/bench.js', ...process.argv.slice(2)], {
      ...accountAt(endpoint, known.subscription, certificate.file),
      BENCH_AZURE_CREDENTIALS: 'environment',
      BENCH_ADDRESS_SERVICE: `${bootstrapper.url}/address`,
      BENCH_BOOTSTRAPPER_URL: bootstrapper.url,
      BENCH_SLOW_BOOTSTRAPPER_URL: `${bootstrapper.url}${SLOW_ADMIN}`,
      BENCH_NODE_CONFIG: nodeConfig,
      BENCH_NODE_TOKEN: TOKEN,
      BENCH_BEFORE_IMAGE: IMAGES.before,
      BENCH_AFTER_IMAGE: IMAGES.after,
      BENCH_NODE_GROUP: NODE_GROUP,
    });
    await endpoint.settled();
    const left = endpoint.left().filter((id) => !theirs.includes(id));
    const isUntouched = isDeepStrictEqual(endpoint.snapshot(), before);
    console.error(`left at the endpoint: ${left.length === 0 ? 'nothing' : left.join(', ')}`);
    console.error(`what was there before: ${isUntouched ? 'as it was' : 'touched'}`);
    return isUntouched ? code : 1;
  } finally {
    bootstrapper.close();
    await endpoint.close();
    rmSync(folder, { recursive: true });
  }
}

async function run(file: string, args: readonly string[], more: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(file, args, { stdio: 'inherit', env: { ...environment, ...more } });
  const end = () => void child.kill('SIGTERM');
  process.once('SIGTERM', end);
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('SIGTERM', end);
  return code ?? 1;
}
