/** What to do about an error of Azure: the one table of it. Sources: the codes and remedies that the AKS node image tests, LISA and PerfKit Benchmarker live by. */
import type { Failure } from '../../../model/boot.ts';
import { BenchError, worldError } from '../../../model/errors.ts';
import type { Act, Move, Remedy } from '../../cloud/remedy.ts';

/** An answer of Azure that is an error. `codes` are its own and those of its details, outermost first. */
export class ArmError extends Error {
  readonly status: number;
  readonly codes: readonly string[];

  constructor(status: number, codes: readonly string[], message: string) {
    super(message);
    this.name = 'ArmError';
    this.status = status;
    this.codes = codes;
  }
}

interface Row {
  readonly codes: readonly string[];
  readonly text?: RegExp;
  readonly act: Act;
  readonly hint: string;
}

/** A subscription holds 980 groups. */
export const FULL_OF_GROUPS = 'ResourceGroupQuotaExceeded';

const STOP: Act = { kind: 'stop' };
const MOVE: Move = { kind: 'move', pausesMs: [], forGood: false };
const times = (count: number, pauseMs: number): number[] => new Array<number>(count).fill(pauseMs);

/** For what ends by itself: five minutes in all. An interface can be reserved for three after its machine was deleted. */
const SETTLING_MS: readonly number[] = [5_000, 10_000, 20_000, 40_000, ...times(4, 60_000)];

const TABLE: readonly Row[] = [
  {
    codes: ['QuotaExceeded', 'OperationNotAllowed'],
    text: /quota[\s\S]*Current Usage: [1-9]|Current Usage: [1-9][\s\S]*quota/i,
    act: { kind: 'again', pausesMs: times(20, 30_000) },
    hint: 'Others use the quota too: lower concurrency, or ask for more quota.',
  },
  {
    codes: ['QuotaExceeded', 'OperationNotAllowed'],
    text: /quota/i,
    act: STOP,
    hint: 'The quota can never hold these machines: ask for more, or choose another size or location.',
  },
  {
    codes: ['SkuNotAvailable'],
    act: { ...MOVE, forGood: true },
    hint: 'This size is not to be had here: add other sizes or zones to the scenario, or choose another location.',
  },
  {
    codes: ['AllocationFailed'],
    act: { ...MOVE, pausesMs: times(10, 5_000) },
    hint: 'There is no room for this size here now: add sizes or zones to the scenario, or choose another location.',
  },
  {
    codes: ['ZonalAllocationFailed'],
    act: MOVE,
    hint: 'There is no room for this size in this zone now: add zones, drop them, or add sizes.',
  },
  {
    codes: ['OverconstrainedAllocationRequest', 'OverconstrainedZonalAllocationRequest'],
    act: MOVE,
    hint: 'Nothing free meets all wishes: drop the zone, accelerated networking or the ephemeral disk, or add sizes.',
  },
  {
    codes: ['TooManyRequests', 'ResourceCollectionRequestsThrottled', 'RetryableError'],
    act: { kind: 'again', pausesMs: times(10, 15_000) },
    hint: 'The subscription is throttled: lower concurrency, or see who else calls Azure so often.',
  },
  {
    codes: ['GalleryImageNotFound'],
    act: { kind: 'again', pausesMs: times(10, 5_000) },
    hint: 'The image version was there a moment ago: its replication may not be over. Try again in some minutes.',
  },
  {
    codes: ['OSProvisioningTimedOut', 'OSProvisioningClientError', 'OSProvisioningInternalError', 'InternalError'],
    act: { kind: 'result', stage: 'boot' },
    hint: 'See the serial console of this boot (raw/machine/console.log): the guest never said that it is provisioned.',
  },
  {
    codes: ['VMExtensionProvisioningError', 'VMExtensionProvisioningTimeout', 'VMExtensionHandlerNonTransientError'],
    act: { kind: 'result', stage: 'boot' },
    hint: 'Provisioning failed in the machine: see its exit code and the serial console of this boot.',
  },
  {
    codes: [
      'Conflict',
      'AnotherOperationInProgress',
      'ResourceGroupBeingDeleted',
      'NicInUse',
      'InUseSubnetCannotBeDeleted',
      'NicReservedForAnotherVm',
    ],
    act: { kind: 'again', pausesMs: SETTLING_MS },
    hint: 'Another operation on the same resource never ended. See the activity log of the resource group.',
  },
  {
    codes: ['AuthorizationFailed', 'LinkedAuthorizationFailed'],
    act: STOP,
    hint: 'Give the identity the role Contributor on the subscription (and on a subnet or gallery of others).',
  },
  {
    codes: ['MarketplacePurchaseEligibilityFailed', 'ResourcePurchaseValidationFailed', 'VMMarketplaceInvalidInput'],
    act: STOP,
    hint: 'Accept the terms of the marketplace image once (az vm image terms accept), and set plan: true.',
  },
  {
    codes: ['ExpiredAuthenticationToken', 'InvalidAuthenticationToken', 'InvalidAuthenticationTokenTenant'],
    act: STOP,
    hint: 'The token was refused: sign in again (az login), and check the tenant.',
  },
  {
    codes: ['SubscriptionNotFound', 'InvalidSubscriptionId'],
    act: STOP,
    hint: 'Check provider.subscription or AZURE_SUBSCRIPTION_ID, and that the identity may see it.',
  },
  {
    codes: [FULL_OF_GROUPS],
    act: STOP,
    hint: 'The subscription is full of resource groups, and none of them was left by bench: delete what nobody needs.',
  },
  {
    codes: ['Preempted', 'OperationPreempted'],
    act: { kind: 'result', stage: 'boot' },
    hint: 'Azure took the machine back in mid-boot: this boot is lost, not slow.',
  },
  {
    codes: ['MachineStopped'],
    act: { kind: 'result', stage: 'boot' },
    hint: 'See the end of the serial console of this boot (raw/machine/console.log).',
  },
  {
    codes: [
      'InvalidTemplate',
      'BadRequest',
      'InvalidParameter',
      'InvalidRequestContent',
      'ImageNotFound',
      'PlatformImageNotFound',
      'LocationNotAvailableForResourceType',
      'InvalidResourceReference',
      'RequestDisallowedByPolicy',
    ],
    act: STOP,
    hint: 'The scenario asks for something that cannot be: the size, image generation, disk and security type must fit.',
  },
];

const UNKNOWN_SERVER: Act = { kind: 'again', pausesMs: times(3, 10_000) };

/** Exit code of provisioning when the outside could not be reached: a flake of the network (AKS node tests recreate too). */
const OUTBOUND_FLAKE: Remedy = {
  code: 'cse-exit-50',
  act: { kind: 'again', pausesMs: [0, 0] },
  hint: 'Provisioning could not reach the outside: see the network, its firewall and the outbound rules.',
};

export function remedyOf(error: ArmError): Remedy {
  if (error.codes.includes(OUTBOUND_FLAKE.code)) return OUTBOUND_FLAKE;
  const told = /capacity restrictions/i.test(error.message) ? ['SkuNotAvailable'] : [];
  for (const code of [...told, ...error.codes.toReversed()]) {
    const row = TABLE.find(
      ({ codes, text }) => codes.includes(code) && (text === undefined || text.test(error.message)),
    );
    if (row) return { code, act: row.act, hint: row.hint };
  }
  const code = error.codes[0] ?? `http-${error.status}`;
  if (error.status === 429 || error.status >= 500)
    return { code, act: UNKNOWN_SERVER, hint: 'Azure itself failed. Try again later.' };
  return { code, act: { kind: 'result', stage: 'create' }, hint: 'See the activity log of the resource group.' };
}

/** An error as the failure of what it befell, e.g. "Boot 0007-after". */
export function failureOf(what: string, error: ArmError): Failure {
  const { code: known, act, hint } = remedyOf(error);
  const code = error.codes.find((each) => each.startsWith('cse-exit-')) ?? known;
  const stage = act.kind === 'result' ? act.stage : 'create';
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
