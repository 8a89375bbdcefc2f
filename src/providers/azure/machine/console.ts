/** The serial console of a machine, and what it says of it: host key, host build. It lags by up to a minute. */
import { createHash } from 'node:crypto';
import type { SshTarget } from '../../../model/provider.ts';
import type { Arm } from '../arm/connection.ts';
import { explained } from '../arm/explanation.ts';

/** Enough for a whole verbose boot. */
const KEPT = 512 * 1024;
const ATTEMPTS = 3;

/** What there is of the log, decoded loosely; empty where there is none. Never throws but for the signal. */
export async function readConsole(arm: Arm, group: string, name: string, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
    try {
      const found = await explained(
        arm.compute.virtualMachines.retrieveBootDiagnosticsData(group, name, { abortSignal: signal }),
      );
      if (found.serialConsoleLogBlobUri)
        return (await arm.download(found.serialConsoleLogBlobUri, signal)).slice(-KEPT);
    } catch {
      // The log is evidence, not a condition: a boot without it is a boot.
    }
  }
  return '';
}

/** cloud-init prints the public keys between these lines. The client prefers Ed25519, so that is the one to pin. */
export function hostKeyIn(console: string): SshTarget['hostKey'] {
  const printed = /BEGIN SSH HOST KEY KEYS-+([\s\S]*?)-+END SSH HOST KEY KEYS/.exec(console)?.[1] ?? '';
  const key = /ssh-ed25519 (AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/]+={0,2})/.exec(printed)?.[1];
  if (key === undefined) return { kind: 'trust-on-first-use' };
  const sha256 = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '');
  return { kind: 'pinned', sha256 };
}

/** Generation of the host, as the kernel prints it; three spellings are known (LISA's HOST_VERSION_PATTERN). */
export const hostBuildIn = (console: string): string | undefined =>
  /(?:Host Build|Hyper-V: Host Build|Hyper-V Host Build)[: ]\s*(\d[0-9.-]{3,40})/.exec(console)?.[1];
