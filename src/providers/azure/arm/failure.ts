/** An error of Azure, and what bench does about it (`error-table.ts`). */
import type { Failure } from '../../../model/boot.ts';
import { BenchError, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import type { Remedy } from '../../cloud/remedy.ts';
import { QUOTA, type Row, TABLE, THROTTLED, UNKNOWN_SERVER } from './error-table.ts';
import { quotaOf } from './quota.ts';

/** An error response of Azure. `codes` are its own and those of its details, outermost first. */
export class ArmError extends Error {
  readonly status: number;
  readonly codes: readonly string[];
  /** What Azure's support asks for. */
  readonly requestId: string | undefined;

  constructor(status: number, codes: readonly string[], message: string, requestId?: string) {
    super(message);
    this.name = 'ArmError';
    this.status = status;
    this.codes = codes;
    this.requestId = requestId;
  }
}

/**
 * Exit code of provisioning without an outbound connection: a transient network failure (the AKS node tests also recreate the
 * machine).
 */
const OUTBOUND_FLAKE: Remedy = {
  code: 'cse-exit-50',
  act: { kind: 'again', pausesMs: [ms(0), ms(0)] },
  hint: 'Provisioning had no outbound connection: check the network, its firewall and the outbound rules.',
};

/** Messages that are more specific than their code. */
const TELLING: readonly (readonly [RegExp, string])[] = [
  [/capacity restrictions/i, 'SkuNotAvailable'],
  [/marked for deletion/i, 'MarkedForDeletion'],
  [/too many requests/i, 'TooManyRequests'],
  [/disallowed by policy/i, 'RequestDisallowedByPolicy'],
];

const ROWS: ReadonlyMap<string, Row> = new Map(TABLE.flatMap((row) => row.codes.map((code) => [code, row] as const)));

/** Codes of a failed deletion because another resource, of any kind, still uses this one. */
const IN_USE = /^InUse\w+CannotBeDeleted$/;

const rowOf = (code: string): Row | undefined =>
  ROWS.get(code) ?? (IN_USE.test(code) ? ROWS.get('InUseSubnetCannotBeDeleted') : undefined);

export function remedyOf(error: ArmError): Remedy {
  const { codes, message } = error;
  if (codes.includes(OUTBOUND_FLAKE.code)) return OUTBOUND_FLAKE;
  const quota = codes.find((code) => QUOTA_CODES.has(code));
  const words = quota === undefined ? undefined : quotaOf(message);
  if (quota !== undefined && words !== undefined) return { code: quota, ...QUOTA[words] };
  const told = TELLING.flatMap(([words, code]) => (words.test(message) ? [code] : []));
  for (const code of [...told, ...codes.toReversed()]) {
    const row = rowOf(code);
    if (row) return { code, act: row.act, hint: hintOf(row, message) };
  }
  return unknownRemedy(error);
}

const QUOTA_CODES: ReadonlySet<string> = new Set(['QuotaExceeded', 'OperationNotAllowed']);

/** Adds to the hint what a user needs from the message. */
function hintOf({ hint }: Row, message: string): string {
  const namespace = /namespace '([\w.]{1,100})'/.exec(message)?.[1];
  if (namespace) return hint.replace('<namespace>', namespace);
  const action = /perform action '([\w./]{1,200})'(?:[^']{0,60}'([^']{1,300})')?/.exec(message);
  if (action && /^Give the identity/.test(hint))
    return `Give the identity a role that may ${action[1]}${action[2] ? ` on ${action[2]}` : ''}, e.g. Contributor.`;
  const policy = /policyAssignment":\{"name":"([^"]{1,200})"|Policy: ([^.]{1,200})\./.exec(message);
  return policy ? `${hint} Policy: ${policy[1] ?? policy[2]}.` : hint;
}

/** Bench knows only its status and its message: it quotes both, with the request id that Azure's support asks for. */
function unknownRemedy({ status, codes, requestId }: ArmError): Remedy {
  const code = codes[0] ?? `http-${status}`;
  const known = knownStatus(status);
  const request = requestId === undefined ? '' : ` Request id: ${requestId}.`;
  // Gateways respond without a code, and a status alone leaves nothing more to look up.
  if (known && code.startsWith('http-'))
    return { code, act: known.act, hint: `${known.hint}${request}`, unknown: true };
  const link = `https://learn.microsoft.com/search/?terms=${encodeURIComponent(`Azure ${code}`)}`;
  const { act, hint } = known ?? {
    act: { kind: 'result', stage: 'create' },
    hint: 'Check the activity log of the resource group.',
  };
  return { code, act, hint: `${hint} bench does not know this error: look it up at ${link}.${request}`, unknown: true };
}

function knownStatus(status: number): Pick<Row, 'act' | 'hint'> | undefined {
  if (status === 429) return ROWS.get(THROTTLED);
  if (status === 401) return ROWS.get('InvalidAuthenticationToken');
  if (status === 403) return ROWS.get('AuthorizationFailed');
  if (status >= 500 || status === 408) return { act: UNKNOWN_SERVER, hint: 'Azure itself failed. Try again later.' };
  return undefined;
}

/** The error as a failure of `what`, e.g. "Boot 0007-after". An unknown error may be the image's fault once its guest has run. */
export function failureOf(what: string, error: ArmError, guestRan = false): Failure {
  const { code: known, act, hint, unknown } = remedyOf(error);
  const code = error.codes.find((each) => each.startsWith('cse-exit-')) ?? known;
  const isThrottle = error.status === 429;
  const stage = unknown && guestRan && !isThrottle ? 'boot' : act.kind === 'result' ? act.stage : 'create';
  return { stage, code, message: `${what}: ${code}: ${oneLine(error.message)}`, hint };
}

/** An error that ends the run, as one line with its remedy. */
export function asWorldError(what: string, cause: unknown): BenchError {
  if (cause instanceof BenchError) return cause;
  if (cause instanceof ArmError) {
    const { code, hint } = remedyOf(cause);
    return worldError(`${what}: ${code}: ${oneLine(cause.message)}`, hint, cause);
  }
  throw cause;
}

/** Messages of Azure have several lines and name support links. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 400);
