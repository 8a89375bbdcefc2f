/**
 * Unpacks .xz by the system's own `xz`: every Linux that makes such archives has it (sosreport does). A decoder in JavaScript is a megabyte
 * of WebAssembly for one kind of file. Counts output as it comes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BenchError, usageError } from '../../model/errors.ts';
import { ratioGuard } from './budget.ts';

export async function unpackXz(name: string, bytes: Buffer): Promise<Buffer> {
  const grow = ratioGuard(name, bytes.length);
  const xz = spawn('xz', ['--decompress', '--stdout', '--memlimit-decompress=256MiB'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(xz, 'close');
  ended.catch(() => {});
  // The exit code covers a pipe that closes early.
  xz.stdin.on('error', () => {});
  xz.stdin.end(bytes);
  let said = '';
  xz.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(0, 500);
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of xz.stdout as AsyncIterable<Buffer>) {
      grow('its only entry', chunk.length);
      chunks.push(chunk);
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw usageError(`${name} is not a readable .xz file: ${said.trim() || `xz ended with ${code}`}`);
    return Buffer.concat(chunks);
  } catch (cause) {
    xz.kill();
    if (cause instanceof BenchError) throw cause;
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw usageError(
      missing
        ? `${name} is compressed with xz, which is not installed here.`
        : `${name} could not be unpacked: ${String(cause)}`,
      missing ? 'Install xz (xz-utils), or unpack it and import the folder.' : 'Unpack it and import the folder.',
    );
  }
}
