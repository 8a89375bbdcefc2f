/** How this boot began, from any journal, system log or console of its machine; undefined for a reset, or if no log says. */
import { journalOf } from '../journal-lines.ts';
import { type Parsing, warn } from '../parsed.ts';
import { lineOf } from '../reading/lines.ts';
import { lastBootOf, type Restart } from './last-boot.ts';

export function restartOf(raw: ReadonlyMap<string, Uint8Array>): Restart | undefined {
  const whole = journalOf(raw).restart;
  if (whole !== undefined) return whole;
  for (const path of raw.keys()) {
    const { restart } = /^(?:journal|console)\/.+\.txt$/.test(path) ? lastBootOf(raw, path) : {};
    if (restart !== undefined) return restart;
  }
  return undefined;
}

const WHY = {
  'soft-reboot': 'this was a soft reboot: no kernel started, and the clock continues from an earlier boot',
  kexec: 'the previous kernel started this one (kexec): firmware and loader times belong to an earlier boot',
} as const;

/** Phases that belong to an earlier boot, which this boot omits. */
export const NOT_OF_THIS_BOOT = {
  'soft-reboot': ['firmware', 'loader', 'kernel', 'initrd'],
  kexec: ['firmware', 'loader'],
} as const;

export function sayRestart({ kind, path, line }: Restart, into: Parsing): void {
  const evidence = lineOf(path, line);
  for (const phase of NOT_OF_THIS_BOOT[kind]) warn(into, `missing:${phase}.start`, WHY[kind], evidence);
  if (kind === 'soft-reboot') {
    warn(into, 'missing:kernel.end', WHY[kind], evidence);
    into.facts['boot.without-kernel'] = WHY[kind];
  } else into.facts['boot.kexec'] = true;
}
