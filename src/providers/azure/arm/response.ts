/** What the resource manager answers: status, headers and JSON, with the moments it was asked and answered; or its error. */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import type { Timer } from '../../../model/provider.ts';
import type { Ms } from '../../../model/units.ts';
import { ArmError } from './failure.ts';
import { stampsIn } from './request-timing.ts';

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Parsed JSON, or undefined where there was none. Of the shape that Azure documents, not checked here. */
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

export function acceptedOf(answer: Answer | undefined, timer: Timer): Accepted {
  const operation = answer?.header('azure-asyncoperation') ?? answer?.header('location');
  const nowMs = timer.nowMs();
  return { operation, sentMs: answer?.sentMs ?? nowMs, acceptedMs: answer?.answeredMs ?? nowMs };
}

/** Throws what the answer is an error of. */
export function answerOf(response: PipelineResponse): Answer {
  const answer = rawAnswer(response);
  if (answer.status >= 400) throw armErrorOf(answer.status, answer.body);
  return answer;
}

export function rawAnswer(response: { status: number | string; headers: unknown; bodyAsText?: string | null }): Answer {
  const { headers } = response as PipelineResponse;
  const header = (name: string) => headers.get(name);
  return {
    status: Number(response.status),
    header,
    body: parsed(response.bodyAsText ?? ''),
    ...stampsIn(header),
  };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly details?: readonly ErrorBody[];
}

export function armErrorOf(status: number, body: unknown, fallback = `http-${status}`): ArmError {
  const outer = (body as { error?: ErrorBody } | undefined)?.error;
  const all = flatten(outer ?? {}, 0);
  const codes = all.flatMap(({ code }) => code ?? []);
  const texts = all.flatMap(({ message }) => message ?? []);
  return new ArmError(status, codes.length > 0 ? codes : [fallback], texts.join(' ') || `Azure answered ${status}`);
}

/** Details hold details; Azure nests them two deep. */
const flatten = (error: ErrorBody, depth: number): ErrorBody[] =>
  depth > 4 ? [] : [error, ...(error.details ?? []).flatMap((inner) => flatten(inner, depth + 1))];
