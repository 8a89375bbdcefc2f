/**
 * When the kernel started is known to the microsecond where systemd was asked. In an import where it was not, the best of
 * other texts is used: cloud-init's banners (a tenth of a second), then provision.json (a second).
 * After a soft reboot no kernel started, so none of these texts is used.
 */
import { restartOf } from '../log-text/restart.ts';

const EXACT = ['systemd/manager.show', 'systemd/analyze-time.txt'];

/**
 * The name of the kernel's start as a text states it on the wall clock: the event itself, or a second witness that links the
 * clocks; undefined where no kernel started.
 */
export function statedKernelStart(raw: ReadonlyMap<string, Uint8Array>): string | undefined {
  if (!hasKernelStart(raw)) return 'kernel.start';
  return restartOf(raw)?.kind === 'soft-reboot' ? undefined : 'cloud-init.kernel-start';
}

export const hasKernelStart = (raw: ReadonlyMap<string, Uint8Array>): boolean =>
  EXACT.some((path) => raw.has(path)) || restartOf(raw)?.kind === 'soft-reboot';
