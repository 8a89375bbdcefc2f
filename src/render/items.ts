/**
 * The items of a critical path in words. An item is `<family>:<name>`: a unit, a provisioning step, a phase, a milestone, or a
 * wait. Other programs may use their own names; the output shows those unchanged.
 */
import { itemIdOf, itemOf } from '../model/ids.ts';
import type { Span } from '../model/timeline.ts';
import { plain } from './escape.ts';

const TITLES: Readonly<Record<string, string>> = {
  'phase:manager': 'systemd itself',
  'wait:nothing known': 'waiting, reason unknown',
  'tls:bootstrap': 'TLS bootstrap',
  'node:registering': 'kubelet until it registers',
  'node:registered': 'node registration',
  'node:ready': 'registered until node ready',
  'boothook:until launch': 'boothook until it launches the node controller',
  'controller:until provisioning': 'node controller until provisioning starts',
  'provisioning:between steps': 'provisioning, between steps',
};

/** `containerd.service`, `wait before kubelet.service`, `TLS bootstrap`. */
export function itemTitle(item: string, limit = 60): string {
  const known = TITLES[item];
  if (known !== undefined) return known;
  const { family, name } = itemOf(item);
  if (family === undefined || family === 'unit' || family === 'task' || family === 'phase') return plain(name, limit);
  if (family === 'wait' && /^package lock\b/.test(name)) return plain(`wait for the ${name}`, limit);
  if (family === 'wait') return plain(`wait before ${name}`, limit);
  return plain(`${family} ${name}`, limit);
}

/** A span's item on a critical path. */
export const itemOfSpan = (span: Pick<Span, 'kind' | 'name'>): string => itemIdOf(span.kind, span.name);
