/** An error of Azure, and what is done about it, as `error-table.ts` says. */
import type { Failure } from '../../../model/boot.ts';
import { BenchError, worldError } from '../../../model/errors.ts';
import { ms } from '../../../model/units.ts';
import type { Remedy } from '../../cloud/remedy.ts';
import { QUOTA, type Row, TABLE, THROTTLED, UNKNOWN_SERVER } from './error-table.ts';
import { quotaOf } from './quota.ts';

/** An answer of Azure that is an error. `codes` are its own and those of its details, outermost first. */
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

/** Exit code of provisioning when the outside could not be reached: a flake of the network (AKS node tests recreate too). */
const OUTBOUND_FLAKE: Remedy = {
  code: 'cse-exit-50',
  act: { kind: 'again', pausesMs: [ms(0), ms(0)] },
  hint: 'Provisioning had no outbound connection: check the network, its firewall and the outbound rules.',
};

/** Words that say more than the code they come with. */
const TELLING: readonly (readonly [RegExp, string])[] = [
  [/capacity restrictions/i, 'SkuNotAvailable'],
  [/marked for deletion/i, 'MarkedForDeletion'],
  [/too many requests/i, 'TooManyRequests'],
  [/disallowed by policy/i, 'RequestDisallowedByPolicy'],
];

const ROWS: ReadonlyMap<string, Row> = new Map(TABLE.flatMap((row) => row.codes.map((code) => [code, row] as const)));

/** What uses something that is to be deleted, of whatever kind. */
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

/** What a person needs from the message, in the hint. */
function hintOf({ hint }: Row, message: string): string {
  const namespace = /namespace '([\w.]{1,100})'/.exec(message)?.[1];
  if (namespace) return hint.replace('<namespace>', namespace);
  const action = /perform action '([\w./]{1,200})'(?:[^']{0,60}'([^']{1,300})')?/.exec(message);
  if (action && /^Give the identity/.test(hint))
    return `Give the identity a role that may ${action[1]}${action[2] ? ` on ${action[2]}` : ''}, e.g. Contributor.`;
  const policy = /policyAssignment":\{"name":"([^"]{1,200})"|Policy: ([^.]{1,200})\./.exec(message);
  return policy ? `${hint} Policy: ${policy[1] ?? policy[2]}.` : hint;
}

/** Nothing is known of it but its status and its words: they are quoted, with what the support of Azure asks for. */
function unknownRemedy({ status, codes, requestId }: ArmError): Remedy {
  const code = codes[0] ?? `http-${status}`;
  const known = knownStatus(status);
  const request = requestId === undefined ? '' : ` Request id: ${requestId}.`;
  // Gateways answer without any code: of a status alone there is nothing more to look up.
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

/**
 * An error as the failure of what it befell, e.g. "Boot 0007-after". An unknown one may be the image's as soon as a guest of
 * it has run.
 */
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

/** Messages of Azure run over several lines and name support links. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().slice(0, 400);
