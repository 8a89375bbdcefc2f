/** One command, from its arguments to its exit code, in the given process. */
import { BenchError } from '../model/errors.ts';
import { addSecretsOf, withoutSecrets } from '../model/secrets.ts';
import { isSystemError, systemFailure } from '../model/system-error.ts';
import { EXIT, exitOfError, Unfinished } from './exit.ts';
import { program } from './program.ts';
import { fetchThroughProxy } from './proxied-fetch.ts';
import { printable } from './text.ts';
import type { CommandProcess, Output } from './world.ts';

export async function main(argv: readonly string[], process: CommandProcess): Promise<number> {
  addSecretsOf(process.env);
  guard(process.stdout);
  guard(process.stderr);
  try {
    await fetchThroughProxy(process.env);
    return await program(argv, process);
  } catch (error) {
    return report(error, process.stderr);
  }
}

/** Operating errors print one line and a hint; an interruption prints nothing; anything else is a bug and shows its stack. */
function report(error: unknown, stderr: Output): number {
  if (error instanceof Unfinished) {
    const code = report(error.cause, stderr);
    stderr.write(`bench: ${printable(error.note)}\n`);
    return code;
  }
  if (error instanceof BenchError) {
    stderr.write(`bench: ${printable(error.message)}\n`);
    for (const line of error.details) stderr.write(`       ${printable(line)}\n`);
    if (error.hint) stderr.write(`       ${printable(error.hint)}\n`);
    return exitOfError(error);
  }
  if (isSystemError(error)) return report(systemFailure(error), stderr);
  if (error instanceof Error && error.name === 'AbortError') {
    stderr.write('bench: interrupted\n');
    return EXIT.interrupted;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`bench: a bug, please report it with this text:\n${printable(stack, true)}\n`);
  return EXIT.bug;
}

/** Removes secrets from all output. */
function guard(stream: Output): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? withoutSecrets(chunk) : chunk, ...rest);
}
