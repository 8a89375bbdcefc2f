/** The answers of the test endpoint, and the formats that all its parts share. */
import { errorBody } from './faults.ts';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const notFound = (code: string): Answer => ({ status: 404, body: errorBody({ code }) });

/** Azure's stamps have seven decimal digits; the clock behind these has a thousandth of that resolution. */
export const stamp = (): string =>
  new Date(performance.timeOrigin + performance.now()).toISOString().replace('Z', '0000+00:00');
