/**
 * The Message of the secure TLS bootstrap client's event: how it ended, and how long each of its steps took in its last
 * attempts. `TraceSummary` is the sum over all attempts, `Traces` has the last ones by number. Values are whole milliseconds
 * under names that end in `Milliseconds`; earlier clients wrote a Go duration, as a number of nanoseconds or as text. A step
 * that began and never ended has a large negative number, which is not a duration. Source: Azure/aks-secure-tls-bootstrap,
 * client/internal/telemetry.
 */
import { isObject } from '../../model/json.ts';
import { excerpt } from '../../model/printable.ts';
import { parseDuration, type Us, us } from '../../model/units.ts';
import { PLAUSIBLE_US } from '../reading/duration-text.ts';
import { parseObject } from '../reading/json-text.ts';

export interface SecureMessage {
  readonly failed: boolean;
  readonly text: string;
  readonly steps: readonly { readonly name: string; readonly us: Us; readonly errorUs: Us }[];
  /** Steps whose value is not a duration. */
  readonly refused: readonly string[];
}

/** The client has a dozen steps and keeps its last three attempts. */
const MOST_STEPS = 200;

/** Undefined if the text is no such message. */
export function readSecureMessage(message: string): SecureMessage | undefined {
  const { Status, FinalError, TraceSummary, Traces } = parseObject(message) ?? {};
  if (typeof Status !== 'string') return undefined;
  const because = typeof FinalError === 'string' && FinalError !== '' ? `: ${excerpt(FinalError)}` : '';
  const attempts = isObject(Traces) ? Object.entries(Traces) : [];
  const values = [
    ...valuesOf(TraceSummary, ''),
    ...attempts.flatMap(([attempt, trace]) => valuesOf(trace, `attempt ${excerpt(attempt)}/`)),
  ].slice(0, MOST_STEPS);
  const read = values.map(([name, value]) => ({ name: name.replace(/Milliseconds$/, ''), ...durationOf(name, value) }));
  return {
    failed: Status !== 'Success',
    text: `${excerpt(Status)}${because}`,
    steps: read.flatMap(({ name, us, errorUs }) => (us === undefined ? [] : [{ name, us, errorUs }])),
    refused: read.flatMap(({ name, us }) => (us === undefined ? [name] : [])),
  };
}

const valuesOf = (trace: unknown, prefix: string): [string, unknown][] =>
  isObject(trace) ? Object.entries(trace).map(([name, value]) => [`${prefix}${excerpt(name)}`, value]) : [];

function durationOf(name: string, value: unknown): { us: Us | undefined; errorUs: Us } {
  const milliseconds = name.endsWith('Milliseconds');
  const lengthUs =
    typeof value === 'number'
      ? us(value * (milliseconds ? 1000 : 1e-3))
      : parseDuration(typeof value === 'string' ? value : '');
  const possible = lengthUs !== undefined && lengthUs >= 0 && lengthUs <= PLAUSIBLE_US;
  return { us: possible ? lengthUs : undefined, errorUs: us(milliseconds ? 1000 : 1) };
}
