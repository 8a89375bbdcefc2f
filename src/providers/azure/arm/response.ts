/**
 * A response of the resource manager: status, headers and JSON, with the times of the request and the response; or its error.
 * Callers read a body only through a schema of the fields that they need.
 */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import type { z } from 'zod';
import { worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import type { Ms } from '../../../model/units.ts';
import { errorTextOf } from './error-body.ts';
import { ArmError } from './failure.ts';
import { stampsIn } from './request-timing.ts';

export interface ArmResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** JSON without its nulls, or undefined without a body. Read it with `bodyOf`. */
  readonly body: unknown;
  readonly text: string;
  readonly sentMs: Ms;
  readonly answeredMs: Ms;
}

/** A long operation that Azure accepted. `operation` is the address of its status. */
export interface Accepted {
  readonly operation: string | undefined;
  /** When the accepted request left, and when its response arrived. */
  readonly sentMs: Ms;
  readonly acceptedMs: Ms;
}

export function acceptedOf(answer: ArmResponse | undefined, timer: Timer): Accepted {
  const operation = answer?.header('azure-asyncoperation') ?? answer?.header('location');
  const nowMs = timer.nowMs();
  return { operation, sentMs: answer?.sentMs ?? nowMs, acceptedMs: answer?.answeredMs ?? nowMs };
}

/** Throws if the response is an error. */
export function answerOf(response: PipelineResponse): ArmResponse {
  const answer = rawAnswer(response);
  if (answer.status >= 400) throw armErrorOf(answer);
  return answer;
}

export function rawAnswer(response: {
  status: number | string;
  headers: unknown;
  bodyAsText?: string | null;
}): ArmResponse {
  const { headers } = response as PipelineResponse;
  const header = (name: string) => headers.get(name);
  const text = response.bodyAsText ?? '';
  return {
    status: Number(response.status),
    header,
    body: parsed(text),
    text,
    ...stampsIn(header),
  };
}

/** The fields of `shape` in a body; throws if the body has another shape. An empty body is an empty object. */
export function bodyOf<T>(shape: z.ZodType<T>, { body, status }: Pick<ArmResponse, 'body' | 'status'>): T {
  const read = shape.safeParse(body ?? {});
  if (read.success) return read.data;
  const [{ path = [], message = '' } = {}] = read.error.issues;
  throw worldError(
    `A response of Azure (HTTP ${status}) is not as documented at "${path.join('.')}": ${message}.`,
    'Check provider.cloud, and whether a proxy or sign-in page answers instead.',
  );
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text, (_, value: unknown) => value ?? undefined);
  } catch {
    return undefined;
  }
}

/** `fallback` is the code of an error whose body has none. */
export function armErrorOf(
  { status, text, header }: Pick<ArmResponse, 'status' | 'text' | 'header'>,
  fallback = `http-${status}`,
): ArmError {
  const { codes, message } = errorTextOf(text);
  const requestId = header('x-ms-request-id') ?? header('x-ms-correlation-request-id');
  return new ArmError(status, codes.length > 0 ? codes : [fallback], message || `Azure answered ${status}`, requestId);
}
