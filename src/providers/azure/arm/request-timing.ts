/**
 * Records when requests really leave and when their responses arrive. The SDK's own sending time includes the wait for a socket and
 * its handshake, and the wait of a throttled request. Neither is Azure's time. If the SDK sends a request several times, the last
 * attempt counts.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { Timer } from '../../../model/provider.ts';
import { type Ms, ms } from '../../../model/units.ts';

/** Headers that we add to a response: milliseconds on the caller's timer. */
const SENT = 'x-bench-sent-ms';
const ANSWERED = 'x-bench-answered-ms';
/** Each request of the SDK has its own. */
const REQUEST_ID = 'x-ms-client-request-id';

export function stampSending(timer: Timer): PipelinePolicy {
  const stamps = new Map<string, { sentMs: Ms; answeredMs: Ms | undefined }>();
  const stampsOf = (request: ClientRequest) => stamps.get(String(request.getHeader(REQUEST_ID)));
  // Node publishes all requests of this process on both channels.
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

/** The times in a response that passed through the policy. */
export const stampsIn = (header: (name: string) => string | undefined): { sentMs: Ms; answeredMs: Ms } => ({
  sentMs: ms(Number(header(SENT) ?? Number.NaN)),
  answeredMs: ms(Number(header(ANSWERED) ?? Number.NaN)),
});
