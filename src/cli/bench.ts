/** Entry: argv -> one command -> exit code. */
import { BenchError } from '../model/errors.ts';
import { addSecretsOf, withoutSecrets } from '../model/secrets.ts';
import { isSystemError, systemFailure } from '../model/system-error.ts';
import { EXIT, exitOfError, Unfinished } from './exit.ts';
import { watchOutputs } from './outputs.ts';
import { program } from './program.ts';
import { fetchThroughProxy } from './proxied-fetch.ts';
import { printable } from './text.ts';

addSecretsOf(process.env);
guard(process.stdout);
guard(process.stderr);
watchOutputs(process);
try {
  await fetchThroughProxy(process.env);
  process.exitCode = await program(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}

/** Operating errors are one line and a hint; an interruption is silent; the rest is a bug and shows its stack. */
function report(error: unknown): number {
  if (error instanceof Unfinished) {
    const code = report(error.cause);
    process.stderr.write(`bench: ${printable(error.note)}\n`);
    return code;
  }
  if (error instanceof BenchError) {
    process.stderr.write(`bench: ${printable(error.message)}\n`);
    for (const line of error.details) process.stderr.write(`       ${printable(line)}\n`);
    if (error.hint) process.stderr.write(`       ${printable(error.hint)}\n`);
    return exitOfError(error);
  }
  if (isSystemError(error)) return report(systemFailure(error));
  if (error instanceof Error && error.name === 'AbortError') {
    process.stderr.write('bench: interrupted\n');
    return EXIT.interrupted;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`bench: a bug, please report it with this text:\n${printable(stack, true)}\n`);
  return EXIT.bug;
}

/** Whatever is printed, is printed without secrets. */
function guard(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? withoutSecrets(chunk) : chunk, ...rest);
}
