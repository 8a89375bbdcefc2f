/**
 * Streams whose other end may go away. A closed pipe (`bench ... | head`, a terminal that hung up) means that the reader has enough. It
 * neither ends a run in progress nor changes the exit code. Output lost for another reason, such as a full disk, is a failure.
 */
import { EXIT } from './exit.ts';

const CLOSED: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

export function watchOutputs(process: NodeJS.Process): void {
  const lost = (name: string) => (error: NodeJS.ErrnoException) => {
    if (CLOSED.has(error.code ?? '')) return;
    process.once('exit', () => {
      process.exitCode = EXIT.world;
    });
    if (name !== 'stderr') process.stderr.write(`bench: ${name} could not be written: ${error.message}\n`);
  };
  process.stdout.on('error', lost('stdout'));
  process.stderr.on('error', lost('stderr'));
}
