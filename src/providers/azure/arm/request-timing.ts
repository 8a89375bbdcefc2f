/**
 * When requests really leave, and when their answers come. What the SDK calls sending begins with the wait for a socket and
 * its handshake, and with what a throttled request waited; neither is Azure's time. Of a request that is sent several times
 * the last one counts.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { Timer } from '../../../model/provider.ts';
import { type Ms, ms } from '../../../model/units.ts';

/** Headers that are added to an answer: milliseconds on the caller's timer. */
const SENT = 'x-bench-sent-ms';
const ANSWERED = 'x-bench-answered-ms';
/** Each request of the SDK has its own. */
const REQUEST_ID = 'x-ms-client-request-id';

export function stampSending(timer: Timer): PipelinePolicy {
  const stamps = new Map<string, { sentMs: Ms; answeredMs: Ms | undefined }>();
  const stampsOf = (request: ClientRequest) => stamps.get(String(request.getHeader(REQUEST_ID)));
  // Both channels are Node's own, and report all requests of this process.
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    const stamp = stampsOf(request);
    if (stamp === undefined) return;
    const leaves = () => {
      stamp.sentMs = timer.nowMs();
    };
    const socket = request.socket as (TLSSocket & { readonly secureConnecting?: boolean }) | null;
    if (socket?.secureConnecting) socket.once('secureConnect', leaves);
    else leaves();
  });
  subscribe('http.client.response.finish', (message) => {
    const stamp = stampsOf((message as { request: ClientRequest }).request);
    if (stamp) stamp.answeredMs = timer.nowMs();
  });
  return {
    name: 'benchStampSending',
    async sendRequest(request, next) {
      const id = request.headers.get(REQUEST_ID) ?? request.requestId;
      const stamp = { sentMs: timer.nowMs(), answeredMs: undefined };
      stamps.set(id, stamp);
      try {
        const response = await next(request);
        response.headers.set(SENT, String(stamp.sentMs));
        response.headers.set(ANSWERED, String(stamp.answeredMs ?? timer.nowMs()));
        return response;
      } finally {
        stamps.delete(id);
      }
    },
  };
}

/** The stamps of an answer that came through the policy. */
export const stampsIn = (header: (name: string) => string | undefined): { sentMs: Ms; answeredMs: Ms } => ({
  sentMs: ms(Number(header(SENT) ?? Number.NaN)),
  answeredMs: ms(Number(header(ANSWERED) ?? Number.NaN)),
});
