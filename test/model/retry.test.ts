import { describe, expect, test } from 'vitest';
import { retry } from '../../src/model/retry.ts';
import { ms } from '../../src/model/units.ts';

const never = new AbortController().signal;

/** Does not wait; only records the pauses. */
function sleeper() {
  const slept: number[] = [];
  return { slept, sleep: async (duration: number) => void slept.push(duration) };
}

const failing = (times: number) => async (attempt: number) => {
  if (attempt <= times) throw new Error(`failure ${attempt}`);
  return attempt;
};

describe('a retry', () => {
  test('repeats the work after each pause that the caller gives, until it succeeds', async () => {
    const timer = sleeper();
    expect(await retry(failing(3), (_, attempt) => ms(10 * attempt), timer, never)).toBe(4);
    expect(timer.slept).toEqual([10, 20, 30]);
  });

  test('ends with the first error that gets no pause, or with the error that replaces it', async () => {
    const timer = sleeper();
    const twice = retry(failing(9), (_, attempt) => (attempt < 2 ? ms(1) : undefined), timer, never);
    await expect(twice).rejects.toThrow('failure 2');
    const gaveUp = () => {
      throw new Error('gave up');
    };
    await expect(retry(failing(9), gaveUp, timer, never)).rejects.toThrow('gave up');
    expect(timer.slept).toEqual([1]);
  });

  test('ends during a pause with the reason of its signal', async () => {
    const controller = new AbortController();
    const sleep = async () => {
      controller.abort(new Error('no longer wanted'));
      throw new DOMException('The operation was aborted', 'AbortError');
    };
    await expect(retry(failing(9), () => ms(1), { sleep }, controller.signal)).rejects.toThrow('no longer wanted');
  });
});
