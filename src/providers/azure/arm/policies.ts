/** What bench adds to the SDK's handling of every request. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Each attempt by itself. Not the client's own `timeout`: its timer outlives a request that fails, and keeps the process up.
 * The attempt gets its own request, since the client takes its listener from the signal only after all is over: on a
 * signal that had been put back by then it would stay, and the request with it.
 */
export const giveUpInTime: PipelinePolicy = {
  name: 'benchGiveUpInTime',
  async sendRequest(request, next) {
    const { abortSignal } = request;
    const late = timeLimit(ms(REQUEST_TIMEOUT_MS));
    const either = abortSignal instanceof AbortSignal ? AbortSignal.any([abortSignal, late]) : late;
    try {
      return { ...(await next({ ...request, abortSignal: either })), request };
    } catch (cause) {
      if (!late.aborted || abortSignal?.aborted) throw cause;
      throw worldError(`Azure did not answer within ${REQUEST_TIMEOUT_MS / 1000} s.`, 'Try again later.', cause);
    }
  },
};
