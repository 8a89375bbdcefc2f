/**
 * Streams whose other end may go away. A closed pipe (`bench ... | head`, a terminal that was hung up) is the reader's way to say
 * that it has enough: it ends nothing, neither a run that is booting nor the exit code of what was found. Output that is lost for
 * another reason, such as a full disk, is a failure.
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
