/** Long operations: what Azure accepted, how far it is, and how it ended. */
import * as z from 'zod';
import { worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import type { Arm } from './connection.ts';
import { ArmError } from './failure.ts';
import { acceptedOf, armErrorOf } from './response.ts';
import { retried } from './retry.ts';

export interface OperationStatus {
  readonly status: 'running' | 'succeeded' | 'failed';
  /** The operation's own stamps, ISO 8601 with up to seven digits. */
  readonly startTime?: string;
  readonly endTime?: string;
  readonly error?: ArmError;
}

/** Sends a change and waits for its end; retries as its errors allow. For the few resources that a run makes once. */
export async function change(
  arm: Arm,
  method: 'PUT' | 'DELETE',
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<void> {
  const work = async () => {
    const accepted = acceptedOf(await arm.call(method, path, body, signal), arm.timer);
    if (accepted.operation) await finished(arm, accepted.operation, signal);
  };
  await retried(arm.timer, work, signal);
}

const Status = z.object({ status: z.string(), startTime: z.string(), endTime: z.string() }).partial();

/** Changes of this kind take minutes. After an hour Azure has lost the operation. */
const FINISH_WITHIN_MS = 3_600_000;
const FINISH_POLL_MS = 5_000;

/** Waits for an operation to end; throws its error. */
export async function finished(arm: Arm, operation: string, signal: AbortSignal): Promise<OperationStatus> {
  const endMs = arm.timer.nowMs() + FINISH_WITHIN_MS;
  while (arm.timer.nowMs() < endMs) {
    const status = await readOperation(arm, operation, signal);
    if (status.error) throw status.error;
    if (status.status === 'succeeded') return status;
    await arm.timer.sleep(ms(FINISH_POLL_MS), signal);
  }
  throw worldError('An operation of Azure did not end within an hour.', `Its address: ${operation}`);
}

/** Reads an operation once: its status document, or its location, which answers 202 until the operation ends. */
export async function readOperation(arm: Arm, operation: string, signal: AbortSignal): Promise<OperationStatus> {
  await arm.readTurn(signal);
  const answer = await arm.call('GET', operation, undefined, signal).catch((error: unknown) => {
    // Deleting a resource can also delete its operations.
    if (error instanceof ArmError && error.status === 404) return undefined;
    throw error;
  });
  if (answer === undefined) return { status: 'succeeded' };
  const body = Status.safeParse(answer.body).data;
  const state = body?.status ?? (answer.status === 202 ? 'InProgress' : 'Succeeded');
  const stamps = {
    ...(body?.startTime && { startTime: body.startTime }),
    ...(body?.endTime && { endTime: body.endTime }),
  };
  if (state === 'Succeeded') return { status: 'succeeded', ...stamps };
  if (state === 'Failed' || state === 'Canceled')
    return { status: 'failed', ...stamps, error: armErrorOf(answer, state) };
  return { status: 'running', ...stamps };
}
