/**
 * The grammar of ids. Events, metrics, spans and items of a critical path are named by texts that are public: they stand in
 * files and scenarios, and are never renamed. What a machine has many of belongs to a family:
 *
 *   family      metric               span              item of a path      ends of the span, as events
 *   unit        unit.a.service       kind unit         unit:a.service      unit.a.service/start, unit.a.service/end
 *   task        cse.installDeps      kind task         task:installDeps    cse.installDeps/start, cse.installDeps/end
 *   cloud-init  cloud-init.init      kind cloud-init   cloud-init:init     ...
 *   phase       boot.kernel          (two events)      phase:kernel
 *   marker      marker.<name>        (one event)
 *   outside     outside.<mark>       (one event)
 */

const PREFIXES = {
  unit: 'unit.',
  task: 'cse.',
  'cloud-init': 'cloud-init.',
  phase: 'boot.',
  marker: 'marker.',
  outside: 'outside.',
} as const;
type Family = keyof typeof PREFIXES;

/** Families whose members are spans of that kind. */
export const SPAN_FAMILIES = ['unit', 'task', 'cloud-init'] as const;
type SpanFamily = (typeof SPAN_FAMILIES)[number];

/** What every metric of a family begins with. */
export const prefixOf = (family: Family): string => PREFIXES[family];

/** `unit.containerd.service` of family `unit` and name `containerd.service`. */
export const metricIdOf = (family: Family, name: string): string => PREFIXES[family] + name;

/** The name within a family; undefined where the id is of another, or names nothing. */
export function nameIn(family: Family, metricId: string): string | undefined {
  const prefix = PREFIXES[family];
  return metricId.startsWith(prefix) && metricId.length > prefix.length ? metricId.slice(prefix.length) : undefined;
}

/** Family and name of a metric that is timed by a span. */
export function spanFamilyOf(metricId: string): { readonly family: SpanFamily; readonly name: string } | undefined {
  for (const family of SPAN_FAMILIES) {
    const name = nameIn(family, metricId);
    if (name !== undefined) return { family, name };
  }
  return undefined;
}

/** The event that is one end of what `id` names. */
export const edgeIdOf = (id: string, end: 'start' | 'end'): string => `${id}/${end}`;

/** `unit.a.service/end` is the end of `unit.a.service`; undefined for an event that is no end of a span. */
export function edgeOf(id: string): { readonly of: string; readonly end: 'start' | 'end' } | undefined {
  for (const end of ['start', 'end'] as const)
    if (id.endsWith(`/${end}`) && id.length > end.length + 1) return { of: id.slice(0, -end.length - 1), end };
  return undefined;
}

/** An item of a critical path. */
export const itemIdOf = (family: string, name: string): string => `${family}:${name}`;

/** Family and name of an item; other programs may write items without a family. */
export function itemOf(item: string): { readonly family: string | undefined; readonly name: string } {
  const match = /^([a-z][a-z-]{0,20}):(.+)$/s.exec(item);
  return { family: match?.[1], name: match?.[2] ?? item };
}

/** Metrics that may time an item of a path, the likeliest first. */
export function metricsOfItem(item: string): string[] {
  const { family, name } = itemOf(item);
  if (family === undefined) return [item, metricIdOf('unit', item), metricIdOf('task', item)];
  return [(PREFIXES[family as Family] ?? `${family}.`) + name];
}

/** The provisioning script's event of itself: a span that is the whole, and no step of it. */
export const WHOLE_SCRIPT = 'cse_start';
