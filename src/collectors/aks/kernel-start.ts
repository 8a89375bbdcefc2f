/**
 * systemd's properties give the kernel's start to the microsecond. An import without them uses the best other text:
 * cloud-init's banners (a tenth of a second), then provision.json (a second).
 * After a soft reboot no kernel started, so none of these texts applies.
 */
import { restartOf } from '../log-text/restart.ts';

const EXACT = ['systemd/manager.show', 'systemd/analyze-time.txt'];

/**
 * The event id for a kernel start that a text states on the wall clock. It is the event itself, or a second reading that links
 * the clocks; undefined if no kernel started.
 */
export function statedKernelStart(raw: ReadonlyMap<string, Uint8Array>): string | undefined {
  if (!hasKernelStart(raw)) return 'kernel.start';
  return restartOf(raw)?.kind === 'soft-reboot' ? undefined : 'cloud-init.kernel-start';
}

export const hasKernelStart = (raw: ReadonlyMap<string, Uint8Array>): boolean =>
  EXACT.some((path) => raw.has(path)) || restartOf(raw)?.kind === 'soft-reboot';
