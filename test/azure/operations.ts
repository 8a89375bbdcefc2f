/** Long operations of the test endpoint: each has an address, its own stamps, and ends well or with an error. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, notFound, stamp } from './answer.ts';
import { type Call, errorBody, type Fault, type FaultList } from './faults.ts';

type Failure = Pick<Fault, 'code' | 'message' | 'details'>;

export interface Operation {
  readonly id: string;
  readonly location: string;
  readonly startTime: string;
  endTime?: string;
  error?: Failure;
}

/** An operation's own failure, as opposed to a fault that a test enabled. */
export class OperationError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message ?? failure.code);
    this.failure = failure;
  }
}

export type Operations = ReturnType<typeof operationList>;

export function operationList(subscription: string, faults: FaultList, base: () => string) {
  const known = new Map<string, Operation>();
  const timers = new Set<NodeJS.Timeout>();
  const resultsOf = (id: string) =>
    `${base()}/subscriptions/${subscription}/operationresults/${id}?api-version=2022-09-01`;

  const later = (delayMs: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  };

  return {
    later,
    /** Starts an operation that ends after `takesMs`, and not before `work` does; passes its result to `end`. */
    start(
      location: string,
      call: Call,
      takesMs: number,
      end: (failed: boolean) => void = () => {},
      work: Promise<unknown> = Promise.resolve(),
    ): Operation {
      const error = faults.take('operation', call);
      const id = `00000000-0000-4000-8000-${String(known.size + 1).padStart(12, '0')}`;
      const operation: Operation = { id, location, startTime: stamp(), ...(error && { error }) };
      known.set(id, operation);
      work.catch(() => {});
      later(takesMs, () => {
        const over = (failure?: Failure) => {
          if (failure) operation.error ??= failure;
          operation.endTime = stamp();
          end(operation.error !== undefined);
        };
        if (operation.error) return over();
        work.then(
          () => over(),
          (cause: unknown) =>
            over(cause instanceof OperationError ? cause.failure : { code: 'InternalError', message: String(cause) }),
        );
      });
      return operation;
    },
    headers: ({ id, location }: Operation) => ({
      'azure-asyncoperation': `${base()}/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${location}/operations/${id}?api-version=2022-08-01`,
      'retry-after': '10',
    }),
    monitor: ({ id }: Operation) => ({ location: resultsOf(id) }),
    /** The status document of an operation; or, as a monitor, only whether it has ended. */
    answer(id: string, monitor: boolean): Answer {
      const operation = known.get(id);
      if (!operation) return notFound('NotFound');
      const { startTime, endTime, error } = operation;
      const over = endTime !== undefined;
      if (monitor) return over ? { status: 200 } : { status: 202, headers: { location: resultsOf(id) } };
      const status = !over ? 'InProgress' : error ? 'Failed' : 'Succeeded';
      return {
        status: 200,
        headers: over ? {} : { 'retry-after': '10' },
        body: { startTime, ...(over && { endTime }), status, name: id, ...(over && error && errorBody(error)) },
      };
    },
    /** Resolves when no operation is in progress. */
    async settled(): Promise<void> {
      while ([...known.values()].some(({ endTime }) => endTime === undefined)) await sleep(50);
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
