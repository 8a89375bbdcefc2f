/** Errors of Azure that a test enables for the next matching calls: as the answer to a request, or the end of its operation. */

export interface Call {
  readonly method: string;
  /** Path without the query, as the client sent it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Fault {
  /** The calls that match; the path ignores case. */
  readonly method: string;
  readonly path: RegExp;
  readonly body?: RegExp;
  /** Number of calls that fail. Default 1. */
  readonly times?: number;
  /** Number of matching calls that succeed first. */
  readonly after?: number;
  readonly kind: 'answer' | 'operation';
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly message?: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
}

export type FaultList = ReturnType<typeof faultList>;

export function faultList() {
  const armed: { fault: Fault; left: number; skip: number }[] = [];
  return {
    add(fault: Fault) {
      armed.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 });
    },
    /** The fault for this call, which uses it up. */
    take(kind: Fault['kind'], call: Call): Fault | undefined {
      const body = JSON.stringify(call.body) ?? '';
      for (const each of armed) {
        const { fault } = each;
        if (fault.kind !== kind || fault.method !== call.method || !fault.path.test(call.path)) continue;
        if (fault.body && !fault.body.test(body)) continue;
        if (each.left === 0) continue;
        if (each.skip > 0) {
          each.skip -= 1;
          continue;
        }
        each.left -= 1;
        return fault;
      }
      return undefined;
    },
  };
}

export const errorBody = ({ code, message, details }: Pick<Fault, 'code' | 'message' | 'details'>) => ({
  error: { code, message: message ?? `${code}, as the test wants it.`, ...(details && { details }) },
});
