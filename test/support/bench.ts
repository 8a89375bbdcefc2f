/**
 * The command line in the process of the test: the arguments, environment and folder of a command that a user types, its exit
 * code and what it prints. What only its own process can show (signals, pipes, proxies, the built bundle) starts one.
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

/** Without `env`, it has a search path and nothing else of the environment of the tests. */
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
