/**
 * What the resource manager answers: status, headers and JSON, with the moments it was asked and answered; or its error. This is
 * the border: bodies are read by a schema of what is needed of them, and nothing behind it knows them otherwise.
 */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import type { Ms } from '../../../model/units.ts';
import { ArmError } from './failure.ts';
import { stampsIn } from './request-timing.ts';

export interface ArmResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** JSON without its nulls, or undefined where there was none: for `bodyOf`. */
  readonly body: unknown;
  readonly sentMs: Ms;
  readonly answeredMs: Ms;
}

/** A long operation that was accepted. `operation` is the address of its status. */
export interface Accepted {
  readonly operation: string | undefined;
  /** When the request that was accepted left, and when its answer came. */
  readonly sentMs: Ms;
  readonly acceptedMs: Ms;
}

export function acceptedOf(answer: ArmResponse | undefined, timer: Timer): Accepted {
  const operation = answer?.header('azure-asyncoperation') ?? answer?.header('location');
  const nowMs = timer.nowMs();
  return { operation, sentMs: answer?.sentMs ?? nowMs, acceptedMs: answer?.answeredMs ?? nowMs };
}

/** Throws what the answer is an error of. */
export function answerOf(response: PipelineResponse): ArmResponse {
  const answer = rawAnswer(response);
  if (answer.status >= 400) throw armErrorOf(answer.status, answer.body);
  return answer;
}

export function rawAnswer(response: {
  status: number | string;
  headers: unknown;
  bodyAsText?: string | null;
}): ArmResponse {
  const { headers } = response as PipelineResponse;
  const header = (name: string) => headers.get(name);
  return {
    status: Number(response.status),
    header,
    body: parsed(response.bodyAsText ?? ''),
    ...stampsIn(header),
  };
}

/** What is needed of a body; throws where it has another shape. An empty body is an empty object. */
export function bodyOf<T>(shape: z.ZodType<T>, { body, status }: Pick<ArmResponse, 'body' | 'status'>): T {
  const read = shape.safeParse(body ?? {});
  if (read.success) return read.data;
  const [{ path = [], message = '' } = {}] = read.error.issues;
  throw worldError(
    `An answer of Azure (HTTP ${status}) is not as documented at "${path.join('.')}": ${message}.`,
    'Check provider.cloud, and what else answers in its place: a proxy, a sign-in page.',
  );
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text, (_, value: unknown) => value ?? undefined);
  } catch {
    return undefined;
  }
}

const ErrorBody = z.object({
  code: z.string().optional(),
  message: z.string().optional(),
  get details() {
    return z.array(ErrorBody).optional();
  },
});
type ErrorBody = z.output<typeof ErrorBody>;
const Refusal = z.object({ error: ErrorBody.optional() });

export function armErrorOf(status: number, body: unknown, fallback = `http-${status}`): ArmError {
  const outer = Refusal.safeParse(body).data?.error;
  const all = flatten(outer ?? {}, 0);
  const codes = all.flatMap(({ code }) => code ?? []);
  const texts = all.flatMap(({ message }) => message ?? []);
  return new ArmError(status, codes.length > 0 ? codes : [fallback], texts.join(' ') || `Azure answered ${status}`);
}

/** Details hold details; Azure nests them two deep. */
const flatten = (error: ErrorBody, depth: number): ErrorBody[] =>
  depth > 4 ? [] : [error, ...(error.details ?? []).flatMap((inner) => flatten(inner, depth + 1))];
