/** What bench adds to the SDK's handling of every request. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import { timeLimit } from '../../../net/time-limit.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/**
 * Limits the time of each attempt. It does not use the client's own `timeout`, whose timer outlives a failed request and keeps the
 * process alive. Each attempt gets its own request object, because the client removes its listener from `request.abortSignal` only
 * after the attempt. If a shared request had its first signal back by then, the listener would stay and keep the request in memory.
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
