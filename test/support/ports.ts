import { spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port of the loopback on which nothing currently listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * A port that drops SYNs, as behind a firewall: a stopped process listens there and its queue is full.
 * (An address without a route would work only where no gateway answers for it.)
 */
export async function silentPort(): Promise<{ port: number; close: () => void }> {
  const port = await freePort();
  const code = `require('net').createServer().listen({port: ${port}, host: '127.0.0.1', backlog: 1}, () => console.log())`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGSTOP');
  const fill = [1, 2, 3].map(() => connect(port, '127.0.0.1').on('error', () => undefined));
  await sleep(50);
  return {
    port,
    close: () => {
      for (const socket of fill) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
