import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { describe, expect, test } from 'vitest';
import { throttling } from '../../../src/providers/azure/arm/throttling.ts';
import { skippingTimer } from '../../azure/replay.ts';

interface Told {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The waits, in seconds, after this sequence of answers; the last answer repeats forever. */
async function waited(...answers: readonly Told[]): Promise<number[]> {
  const sleptS: number[] = [];
  const { policy } = throttling(skippingTimer(sleptS), () => {});
  const request = createPipelineRequest({ url: 'https://management.azure.com/subscriptions/s' });
  let count = 0;
  const next = async (): Promise<PipelineResponse> => {
    const { status, headers = {}, body = '' } = answers[Math.min(count++, answers.length - 1)] ?? { status: 200 };
    return { status, headers: createHttpHeaders({ ...headers }), bodyAsText: body, request };
  };
  while (count < answers.length) await policy.sendRequest(request, next);
  return sleptS.filter((seconds) => seconds > 0);
}

const throttled = (headers: Readonly<Record<string, string>>, body = ''): Told => ({ status: 429, headers, body });
const OK: Told = { status: 200 };

describe('the wait of a throttled request', () => {
  test.each([
    ['in seconds', { 'retry-after': '17' }, [17]],
    ['in seconds with a fraction', { 'retry-after': '1.5' }, [1.5]],
    ['in milliseconds', { 'retry-after-ms': '2500' }, [2.5]],
    ['as 0, which means a moment', { 'retry-after': '0' }, [1]],
    [
      'as a date, from that of the answer',
      { 'retry-after': 'Sat, 28 Nov 2026 10:01:30 GMT', date: 'Sat, 28 Nov 2026 10:00:00 GMT' },
      [90],
    ],
    ['as a date, with no date ever heard', { 'retry-after': 'Sat, 28 Nov 2026 10:01:30 GMT' }, [5]],
    [
      'as a date that is over',
      { 'retry-after': 'Sat, 28 Nov 2026 09:00:00 GMT', date: 'Sat, 28 Nov 2026 10:00:00 GMT' },
      [1],
    ],
    ['not at all', {}, [5]],
    ['as nonsense', { 'retry-after': 'soon' }, [5]],
  ] as const)('said %s', async (_, headers, expected) => {
    expect(await waited(throttled(headers), OK)).toEqual(expected);
  });

  test('said as a date by an answer without its own Date header counts from the last answer that had one', async () => {
    const answers = [
      { status: 200, headers: { date: 'Sat, 28 Nov 2026 10:00:00 GMT' } },
      throttled({ 'retry-after': '30' }),
      throttled({ 'retry-after': 'Sat, 28 Nov 2026 10:01:30 GMT' }),
      OK,
    ];
    // 30 s have passed since that answer.
    expect(await waited(...answers)).toEqual([30, 60]);
  });

  test('said in the text alone', async () => {
    expect(await waited(throttled({}, "Please try again after '7' seconds."), OK)).toEqual([7]);
  });
});
