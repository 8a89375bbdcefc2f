/** The serial console of a machine, with the host key and the host build in it. It lags by up to a minute. */
import { createHash } from 'node:crypto';
import { BenchError } from '../../../model/errors.ts';
import type { SshTarget } from '../../../model/provider.ts';
import { retry } from '../../../model/retry.ts';
import { ms } from '../../../model/units.ts';
import { ArmError, oneLine } from '../arm/failure.ts';
import type { Context } from './context.ts';

/** Enough for a whole verbose boot. */
const KEPT = 512 * 1024;
const ATTEMPTS = 3;

/**
 * Reads the log as far as it exists, with tolerant decoding. A boot without a log still counts. So if Azure does not return it, the
 * log is empty, and bench reports why.
 */
export async function readConsole({ arm, machines, run }: Context, name: string, signal: AbortSignal): Promise<string> {
  const ask = async () => {
    const address = await machines.console(name, signal);
    if (!address) throw new ArmError(404, ['NoConsole'], 'Azure keeps no log of it');
    return (await arm.download(address, signal)).slice(-KEPT);
  };
  const pauseAfter = (cause: unknown, attempt: number) =>
    attempt < ATTEMPTS && !signal.aborted && isRefusal(cause) ? ms(0) : undefined;
  return retry(ask, pauseAfter, run.timer, signal).catch((cause: unknown) => {
    if (signal.aborted) return '';
    if (!isRefusal(cause)) throw cause;
    run.progress(`no serial console of ${name}: ${oneLine(cause.message)}`);
    return '';
  });
}

const isRefusal = (cause: unknown): cause is Error => cause instanceof ArmError || cause instanceof BenchError;

/** cloud-init prints the public keys between these lines. The client prefers Ed25519, so bench pins that key. */
export function hostKeyIn(console: string): SshTarget['hostKey'] {
  const printed = /BEGIN SSH HOST KEY KEYS-+([\s\S]*?)-+END SSH HOST KEY KEYS/.exec(console)?.[1] ?? '';
  const key = /ssh-ed25519 (AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/]+={0,2})/.exec(printed)?.[1];
  if (key === undefined) return { kind: 'trust-on-first-use' };
  const sha256 = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
  return { kind: 'pinned', sha256 };
}

/** Generation of the host, as the kernel prints it, in three known spellings (LISA's HOST_VERSION_PATTERN). */
export const hostBuildIn = (console: string): string | undefined =>
  /(?:Host Build|Hyper-V: Host Build|Hyper-V Host Build)[: ]\s*(\d[0-9.-]{3,40})/.exec(console)?.[1];
