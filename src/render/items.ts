/**
 * The items of a critical path as people read them. An item is `<family>:<name>`: a unit, a provisioning step, a phase, a
 * milestone, or a wait. Other programs may use names of their own, which are shown as they are.
 */
import type { Span } from '../model/timeline.ts';
import { plain } from './escape.ts';

const METRIC_FAMILIES: Readonly<Record<string, string>> = {
  unit: 'unit.',
  task: 'cse.',
  phase: 'boot.',
  'cloud-init': 'cloud-init.',
};

const TITLES: Readonly<Record<string, string>> = {
  'phase:manager': 'systemd itself',
  'wait:nothing known': 'waiting for nothing known',
  'tls:bootstrap': 'TLS bootstrap',
  'node:registering': 'kubelet until it registers',
  'node:registered': 'node registration',
  'node:ready': 'registered until node ready',
  'provisioning:between steps': 'provisioning, between steps',
};

function split(item: string): { family: string | undefined; name: string } {
  const match = /^([a-z][a-z-]{0,20}):(.+)$/s.exec(item);
  return { family: match?.[1], name: match?.[2] ?? item };
}

/** `containerd.service`, `wait before kubelet.service`, `TLS bootstrap`. */
export function itemTitle(item: string, limit = 60): string {
  const known = TITLES[item];
  if (known !== undefined) return known;
  const { family, name } = split(item);
  if (family === undefined || family === 'unit' || family === 'task' || family === 'phase') return plain(name, limit);
  if (family === 'wait') return plain(`wait before ${name}`, limit);
  return plain(`${family} ${name}`, limit);
}

/** Metrics that may time the item, the likeliest first. */
export function itemMetrics(item: string): string[] {
  const { family, name } = split(item);
  const prefix = family === undefined ? undefined : METRIC_FAMILIES[family];
  if (prefix !== undefined) return [prefix + name];
  if (family !== undefined) return [`${family}.${name}`];
  return [item, `unit.${item}`, `cse.${item}`];
}

/** The item that a span would be on a critical path. */
export const itemOfSpan = (span: Pick<Span, 'kind' | 'name'>): string => `${span.kind}:${span.name}`;
