/**
 * Runs the command line in the process of the test. Takes the arguments, environment and folder of a user's command; returns
 * its exit code and output. Tests of signals, pipes, proxies and the built bundle start a separate process instead.
 */
import { Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';

interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without `env`, the command has a search path and no other variable of the tests' environment. */
export async function bench(args: readonly string[], { cwd = process.cwd(), env = {} }: Place = {}): Promise<Ended> {
  const stdout = new Captured();
  const stderr = new Captured();
  const status = await main(args, {
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdout,
    stderr,
    cwd: () => cwd,
    on: () => undefined,
    exit: (code) => {
      throw new Error(`the command ended the process of the tests with ${code}`);
    },
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

class Captured extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
