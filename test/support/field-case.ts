/**
 * Compares a field report with its correct reading: `expected.json` beside its `input/`. test/fixtures/field/PROVENANCE.md explains
 * the keys of an expectation. Returns the differences in words, or nothing where the case holds.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Imported {
  readonly exitCode: number;
  readonly stderr: string;
  /** The folder of `--out`. */
  readonly out: string;
}

type Json = Readonly<Record<string, never>> & { readonly [key: string]: unknown };

interface ExpectedBoot {
  readonly match: string;
  readonly variant?: string;
  readonly metrics?: Readonly<Record<string, number | null>>;
  readonly may?: Readonly<Record<string, number>>;
  readonly toleranceUs?: number;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly events?: Readonly<Record<string, number | string>>;
  readonly path?: Readonly<Record<string, readonly string[]>>;
  readonly notPath?: Readonly<Record<string, readonly string[]>>;
}

export interface Expected {
  readonly import?: readonly string[];
  readonly exit?: number;
  readonly refuse?: boolean | 'may';
  readonly machines?: number | string;
  readonly variants?: Readonly<Record<string, number>>;
  readonly broken?: number;
  readonly verdict?: string;
  readonly verdicts?: Readonly<Record<string, string>>;
  readonly boots?: readonly ExpectedBoot[];
  readonly taken?: readonly string[];
  readonly notSaid?: readonly string[];
  readonly notSilent?: boolean;
}

interface Value {
  readonly us?: number;
  readonly missing?: string;
}

interface Boot {
  readonly id: string;
  readonly machine: string;
  readonly variant: string;
  readonly failed: boolean;
  readonly values: Readonly<Record<string, Value>>;
  readonly record: {
    readonly broken?: readonly string[];
    readonly machine?: Readonly<Record<string, unknown>>;
    readonly events?: readonly { readonly id: string; readonly clock: string; readonly us: number }[];
    readonly paths?: Readonly<Record<string, readonly { readonly item: string }[]>>;
    readonly warnings?: readonly { readonly message: string }[];
  };
}

interface Comparison {
  readonly verdict: string;
  readonly metrics: readonly { readonly metric: string; readonly verdict: string }[];
}

const TOLERANCE_US = 3_000;
const DAY_US = 86_400e6;

export function wrongWith(expected: Expected, { exitCode, stderr, out }: Imported): string[] {
  const runs = existsSync(out) ? readdirSync(out).filter((name) => existsSync(path.join(out, name, 'run.json'))) : [];
  const refused = exitCode === 2 || exitCode === 3;
  if (expected.refuse === true && !refused) return [`exit ${exitCode}, expected a refusal`];
  if (refused && expected.refuse)
    return runs.length === 0 && stderr.trim() !== '' ? [] : ['a refusal leaves no run and says why'];
  if (expected.exit !== undefined && exitCode !== expected.exit) return [`exit ${exitCode}: ${stderr}`];
  const [run] = runs;
  if ([2, 3, 70].includes(exitCode) || run === undefined || runs.length > 1) return [`exit ${exitCode}: ${stderr}`];
  return wrongWithRun(expected, path.join(out, run), stderr);
}

function wrongWithRun(expected: Expected, folder: string, stderr: string): string[] {
  const boots = bootsOf(folder);
  const comparison = existsSync(path.join(folder, 'comparison.json'))
    ? (JSON.parse(readFileSync(path.join(folder, 'comparison.json'), 'utf8')) as Comparison)
    : undefined;
  const wrong: string[] = [];
  const check = (holds: boolean, what: string) => {
    if (!holds) wrong.push(what);
  };
  if (expected.machines !== undefined)
    check(either(expected.machines, boots.length), `${boots.length} boots: ${boots.map(({ machine }) => machine)}`);
  for (const [variant, count] of Object.entries(expected.variants ?? {}))
    check(boots.filter((boot) => boot.variant === variant).length === count, `boots of ${variant}`);
  const broken = boots.filter(({ failed, record }) => failed || (record.broken ?? []).length > 0).length;
  if (expected.broken !== undefined) check(broken === expected.broken, `${broken} boots broken`);
  for (const file of expected.taken ?? [])
    check(!stderr.split('\n').some((line) => line.includes('left out') && line.includes(file)), `${file} left out`);
  const said = [
    stderr,
    ...boots.flatMap(({ record, values }) => [
      ...(record.warnings ?? []).map(({ message }) => message),
      ...Object.values(values).flatMap(({ missing }) => missing ?? []),
    ]),
  ];
  for (const pattern of expected.notSaid ?? [])
    check(!said.some((text) => new RegExp(pattern, 'i').test(text)), `says ${pattern}`);
  if (expected.notSilent) check(stderr.trim() !== '', 'nothing is said');
  if (expected.verdict !== undefined) check(either(expected.verdict, comparison?.verdict), `${comparison?.verdict}`);
  for (const [metric, verdict] of Object.entries(expected.verdicts ?? {}))
    for (const row of comparison?.metrics ?? [])
      if (row.metric === metric) check(either(verdict, row.verdict), `${metric} is ${row.verdict}`);
  return [...wrong, ...wrongWithBoots(expected.boots ?? [], boots)];
}

const either = (wanted: number | string, got: unknown): boolean => String(wanted).split('|').includes(String(got));

function bootsOf(folder: string): Boot[] {
  const read = (...names: string[]) => JSON.parse(readFileSync(path.join(folder, ...names), 'utf8'));
  const samples = read('samples.json') as { boots: { id: string; values: Boot['values'] }[] };
  return readdirSync(path.join(folder, 'boots')).map((id): Boot => {
    const { boot, outcome } = read('boots', id, 'outcome.json') as { boot: Json; outcome: string };
    return {
      id,
      machine: String(boot.machine),
      variant: String(boot.variant),
      failed: outcome === 'failed',
      values: samples.boots.find((each) => each.id === id)?.values ?? {},
      record: read('boots', id, 'record.json'),
    };
  });
}

function wrongWithBoots(wanted: readonly ExpectedBoot[], boots: readonly Boot[]): string[] {
  const named = wanted.filter(({ match }) => match !== '?');
  const wrong = named.flatMap((each) => {
    const found = boots.filter(
      ({ machine, variant }) =>
        (each.variant === undefined || each.variant === variant) &&
        (each.match === '*' || machine.includes(each.match)),
    );
    const [only] = found;
    return only === undefined || found.length > 1
      ? [`${found.length} boots match ${each.match}`]
      : wrongWithBoot(each, only);
  });
  return [
    ...wrong,
    ...wrongWithAny(
      wanted.filter(({ match }) => match === '?'),
      boots,
    ),
  ];
}

/** Each expectation needs its own boot. There are few, so trying all assignments is fast enough. */
function wrongWithAny(wanted: readonly ExpectedBoot[], boots: readonly Boot[]): string[] {
  const place = (index: number, free: readonly Boot[]): boolean => {
    const each = wanted[index];
    if (each === undefined) return true;
    return free.some(
      (boot) =>
        (each.variant === undefined || each.variant === boot.variant) &&
        wrongWithBoot(each, boot).length === 0 &&
        place(
          index + 1,
          free.filter((other) => other !== boot),
        ),
    );
  };
  if (place(0, boots)) return [];
  return [
    `no boot for each of ${wanted.length}: ${boots.map((boot) => wrongWithBoot(wanted[0] ?? { match: '?' }, boot))}`,
  ];
}

function wrongWithBoot(expected: ExpectedBoot, { id, values, record }: Boot): string[] {
  const wrong: string[] = [];
  const toleranceUs = expected.toleranceUs ?? TOLERANCE_US;
  for (const [metric, wanted] of Object.entries({ ...expected.may, ...expected.metrics })) {
    const got = values[metric]?.us;
    const optional = !(metric in (expected.metrics ?? {}));
    if (wanted === null ? got !== undefined : got === undefined ? !optional : Math.abs(got - wanted) > toleranceUs)
      wrong.push(`${metric} of ${id} is ${got ?? values[metric]?.missing}, expected ${wanted}`);
  }
  for (const [fact, wanted] of Object.entries(expected.facts ?? {}))
    if (String(record.machine?.[fact]) !== String(wanted)) wrong.push(`${fact} is ${record.machine?.[fact]}`);
  for (const [event, wanted] of Object.entries(expected.events ?? {})) {
    const found = record.events?.find((each) => each.id === event && each.clock === 'realtime');
    if (found === undefined || apartUs(found.us, wanted) > TOLERANCE_US) wrong.push(`${event} is at ${found?.us}`);
  }
  const items = (metric: string) => (record.paths?.[metric] ?? []).map(({ item }) => item);
  for (const [metric, texts] of Object.entries(expected.path ?? {}))
    for (const text of texts)
      if (!items(metric).some((item) => item.includes(text))) wrong.push(`path to ${metric} lacks ${text}`);
  for (const [metric, texts] of Object.entries(expected.notPath ?? {}))
    for (const text of texts)
      if (items(metric).some((item) => item.includes(text))) wrong.push(`path to ${metric} has ${text}`);
  return wrong;
}

/** `hh:mm:ss.ffffff` matches on any day. */
function apartUs(got: number, wanted: number | string): number {
  if (typeof wanted === 'number') return Math.abs(got - wanted);
  const [hours = 0, minutes = 0, seconds = 0] = wanted.split(':').map(Number);
  const apart = Math.abs((got % DAY_US) - (hours * 3_600 + minutes * 60 + seconds) * 1e6);
  return Math.min(apart, DAY_US - apart);
}
