import { spawn } from 'node:child_process';
import { type ArchiveEntry, readArchive } from '../../src/guest/archive.ts';
import type { CollectRequest } from '../../src/guest/collect.ts';
import { bootstrapCommand, collectScript } from '../../src/guest/script.ts';
import { answerLimits } from '../../src/guest/unpack.ts';

export const request = (path: string, command: string, maxBytes = 1_000_000): CollectRequest => ({
  path,
  command,
  maxBytes,
  collector: 'test',
});

/** Runs the script as sshd would, on this machine, with the programs of `searchPath`, and reads its answer. */
export async function answerOf(
  requests: readonly CollectRequest[],
  searchPath = '/usr/bin:/bin',
  commandSeconds = 30,
): Promise<readonly ArchiveEntry[]> {
  const script = collectScript(requests, { commandSeconds, bootSeconds: 0 });
  const child = spawn('sh', ['-c', bootstrapCommand(script, 'root')], { env: { PATH: searchPath } });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(script);
  const ticks = setInterval(() => child.stdin.write('\n'), 1000);
  try {
    const { entries } = await readArchive(child.stdout, answerLimits(requests, 10_000_000));
    const code = await ended;
    if (code !== 0) throw new Error(`exit code ${code}: ${errors}`);
    return entries;
  } finally {
    clearInterval(ticks);
    child.stdin.end();
  }
}
