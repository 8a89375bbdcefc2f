/**
 * Sends traces to an OpenTelemetry collector, if the environment names one. It works like every OTLP exporter: HTTP, JSON, a few tries.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/, https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
import ky from 'ky';
import * as z from 'zod';
import { messageOf, usageError, worldError } from '../model/errors.ts';
import { type Ms, ms } from '../model/units.ts';
import { fetchAs } from '../net/guarded-fetch.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Collector {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: Ms;
}

/** From the specification: the time limit for one answer. */
const ANSWER_WITHIN_MS = 10_000;
const RETRIES = 3;
const LONGEST_WAIT_MS = 30_000;
/** The status codes that the protocol calls retryable. */
const RETRYABLE = [429, 502, 503, 504];

/** Undefined if the environment names no collector, or turns traces off. */
export function collectorOf(environment: Environment): Collector | undefined {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: base } = environment;
  if (environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none') return undefined;
  // The general address is a base; bench takes that of traces unchanged.
  const url = own || (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (!url) return undefined;
  const name = own ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw usageError(`${name} is not an http address.`, 'For example http://localhost:4318');
  const protocol = environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || environment.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol === 'grpc')
    throw usageError(
      'OTEL_EXPORTER_OTLP_PROTOCOL is grpc; bench sends http/json.',
      'Use the HTTP port of the collector (usually 4318) and set OTEL_EXPORTER_OTLP_PROTOCOL=http/json.',
    );
  const headers = environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS || environment.OTEL_EXPORTER_OTLP_HEADERS || '';
  const timeout = environment.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT || environment.OTEL_EXPORTER_OTLP_TIMEOUT || '';
  return {
    url,
    headers: headersOf(headers),
    timeoutMs: /^[1-9]\d{0,6}$/.test(timeout) ? ms(+timeout) : ms(ANSWER_WITHIN_MS),
  };
}

/** `key=value,key=value`, values percent-encoded. */
function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    return key && value !== undefined ? [[key, decoded(value)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const Answer = z.object({
  partialSuccess: z.object({ rejectedSpans: z.coerce.number(), errorMessage: z.string() }).partial().nullish(),
});

/** Resolves with the collector's message about spans that it rejected; undefined if it took all. */
export async function pushTraces(
  traces: string,
  { url, headers, timeoutMs }: Collector,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { origin } = new URL(url);
  try {
    const response = await ky.post(url, {
      fetch: fetchAs('The address of the collector'),
      body: traces,
      signal,
      headers: { ...headers, 'content-type': 'application/json' },
      timeout: timeoutMs,
      retry: {
        limit: RETRIES,
        methods: ['post'],
        statusCodes: RETRYABLE,
        afterStatusCodes: RETRYABLE,
        backoffLimit: LONGEST_WAIT_MS,
        maxRetryAfter: LONGEST_WAIT_MS,
      },
    });
    const answer = Answer.safeParse(await response.json().catch(() => ({})));
    const partial = answer.success ? answer.data.partialSuccess : undefined;
    return partial?.rejectedSpans
      ? `the collector rejected ${partial.rejectedSpans} spans: ${partial.errorMessage}`
      : undefined;
  } catch (cause) {
    signal.throwIfAborted();
    // The address may hold a key: messages show its origin alone.
    const reason = messageOf(cause).replaceAll(url, origin);
    throw worldError(`The collector at ${origin} did not accept the traces: ${reason}`, undefined, cause);
  }
}
