/**
 * The grammar of ids. Public texts name events, metrics, spans and items of a critical path. Files and scenarios contain them, so
 * nobody may ever rename one. Things of which a machine has many belong to a family:
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

/** The prefix of every metric in a family. */
export const prefixOf = (family: Family): string => PREFIXES[family];

/** `unit.containerd.service` of family `unit` and name `containerd.service`. */
export const metricIdOf = (family: Family, name: string): string => PREFIXES[family] + name;

/** The name within a family; undefined if the id belongs to another family, or names nothing. */
export function nameIn(family: Family, metricId: string): string | undefined {
  const prefix = PREFIXES[family];
  return metricId.startsWith(prefix) && metricId.length > prefix.length ? metricId.slice(prefix.length) : undefined;
}

/** Family and name of a metric whose value is the length of a span. */
export function spanFamilyOf(metricId: string): { readonly family: SpanFamily; readonly name: string } | undefined {
  for (const family of SPAN_FAMILIES) {
    const name = nameIn(family, metricId);
    if (name !== undefined) return { family, name };
  }
  return undefined;
}

/** The event at one end of the span `id`. */
export const edgeIdOf = (id: string, end: 'start' | 'end'): string => `${id}/${end}`;

/** `unit.a.service/end` is the end of `unit.a.service`; undefined for an event that ends no span. */
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

/** The event that the provisioning script writes for its whole run: no step of it. */
export const WHOLE_SCRIPT = 'cse_start';
