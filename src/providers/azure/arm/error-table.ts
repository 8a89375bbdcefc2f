/**
 * The errors of Azure that bench knows: what each means, what bench does, what a user can do. Bench looks codes up from the
 * innermost outwards.
 * Sources: recorded traffic (test/fixtures/azure), and the tables of the AKS node image tests, LISA, PerfKit Benchmarker,
 * cloud-provider-azure and karpenter-provider-azure.
 */
import { type Ms, ms } from '../../../model/units.ts';
import type { Act, Move } from '../../cloud/remedy.ts';

export interface Row {
  readonly codes: readonly string[];
  /** What it means, for the reader of this table. */
  readonly means: string;
  readonly act: Act;
  readonly hint: string;
}

/** A subscription holds at most 980 groups. */
export const FULL_OF_GROUPS = 'ResourceGroupQuotaExceeded';

const times = (count: number, pauseMs: Ms): Ms[] => new Array<Ms>(count).fill(pauseMs);

/**
 * For conditions that end by themselves: five minutes in all. Azure can reserve an interface for three minutes after it deletes the
 * machine.
 */
const SETTLING_MS: readonly Ms[] = [...[5_000, 10_000, 20_000, 40_000].map(ms), ...times(4, ms(60_000))];

const STOP: Act = { kind: 'stop' };
const MOVE: Move = { kind: 'move', pausesMs: [], forGood: false };
const MOVE_FOR_GOOD: Move = { ...MOVE, forGood: true };
const SETTLE: Act = { kind: 'again', pausesMs: SETTLING_MS };
const SOON: Act = { kind: 'again', pausesMs: times(10, ms(5_000)) };
const BROKEN: Act = { kind: 'again', pausesMs: times(3, ms(10_000)) };
/** Our other machines may hold the resource and release it. If that does not help, no other boot would succeed either. */
const FREED: Act = { kind: 'again', pausesMs: times(20, ms(30_000)), afterwards: 'stop' };
const GUEST: Act = { kind: 'result', stage: 'boot' };

// biome-ignore format: a table, one row a line
export const TABLE: readonly Row[] = [
  // No room
  { codes: ['SkuNotAvailable', 'SKUNotAvailableInRegion', 'NotAvailableForSubscription'], means: 'the size is not offered here',
    act: MOVE_FOR_GOOD, hint: 'This size is not available here: add sizes or zones to the scenario, or choose another location.' },
  { codes: ['AllocationFailed', 'AllocationTimeout', 'InsufficientCapacity', 'OutOfCapacity', 'LowPriorityAllocationFailed', 'SpotAllocationFailed'], means: 'no host is free for the size',
    act: { ...MOVE, pausesMs: times(10, ms(5_000)) }, hint: 'Azure has no capacity for this size here now: add sizes or zones to the scenario, or choose another location.' },
  { codes: ['ZonalAllocationFailed'], means: 'no host is free in the zone',
    act: MOVE, hint: 'Azure has no capacity for this size in this zone now: add zones, drop them, or add sizes.' },
  { codes: ['OverconstrainedAllocationRequest', 'OverconstrainedZonalAllocationRequest'], means: 'no host meets all constraints',
    act: MOVE, hint: 'No free host meets all constraints: drop the zone, accelerated networking or the ephemeral disk, or add sizes.' },
  { codes: ['AvailabilityZoneNotSupported', 'InvalidAvailabilityZone', 'ResourceTypeNotSupportAvailabilityZones', 'LocationNotSupportAvailabilityZones'], means: 'the zone does not exist for the size',
    act: MOVE_FOR_GOOD, hint: 'Drop provider.zones, or name zones of this location.' },

  // Limits of the subscription; `quota.ts` recognises limits of cores by their message
  { codes: ['PublicIPCountLimitReached', 'PublicIPAddressCountLimitReached', 'StaticPublicIPCountLimitReached'], means: 'no more public addresses',
    act: FREED, hint: 'Lower concurrency, request more public addresses, or reach the machines by their private ones (provider.reach).' },
  { codes: ['SubnetIsFull', 'InsufficientSubnetSize', 'NotEnoughIPAddresses'], means: 'the subnet has no free address',
    act: FREED, hint: 'The subnet has no free addresses: lower concurrency, or name a larger subnet (provider.subnet).' },
  { codes: [FULL_OF_GROUPS], means: 'the subscription holds 980 groups',
    act: STOP, hint: 'The subscription has reached its limit of resource groups, and bench left none of them: delete unused groups.' },
  { codes: ['ResourceQuotaExceeded', 'ResourceCountExceedsLimitDueToTemplate', 'MaxStorageAccountsCountPerSubscriptionExceeded', 'NetworkSecurityGroupCountLimitReached', 'VirtualNetworkCountLimitReached', 'NetworkInterfaceCountLimitReached', 'QuotaExceeded', 'QuotaExceededError', 'ResourceCountLimitExceeded', 'SubscriptionQuotaExceeded', 'NatGatewayCountLimitReached'], means: 'a limit of the subscription is reached',
    act: STOP, hint: 'The subscription has reached a limit: delete unused resources, or request more.' },

  // Too many requests
  { codes: ['TooManyRequests', 'ResourceCollectionRequestsThrottled', 'SubscriptionRequestsThrottled', 'ResourceRequestsThrottled', 'RequestsThrottled', 'ServerBusy'], means: 'throttled',
    act: { kind: 'again', pausesMs: times(10, ms(15_000)) }, hint: 'Azure throttles the subscription: lower concurrency, or find other heavy callers.' },

  // Conditions that end by themselves
  { codes: ['RetryableError', 'RetryableErrorDueToAnotherOperation', 'ReferencedResourceNotProvisioned', 'Conflict', 'ConflictingConcurrentWriteNotAllowed', 'AnotherOperationInProgress', 'OperationInProgress', 'CanceledAndSupersededDueToAnotherOperation', 'PreconditionFailed', 'PropertyChangeNotAllowed', 'NotReady', 'ResourceNotReady', 'ResourceOperationInProgress', 'AccountIsLocked', 'AttachDiskWhileBeingDetached', 'DeploymentActive', 'ETagMismatch', 'ResourcesBeingMoved', 'RequestConflict', 'StorageAccountOperationInProgress'], means: 'another operation is in progress, or a machine with the same name still exists',
    act: SETTLE, hint: 'Another operation on the same resource never ended. Check the activity log of the resource group.' },
  { codes: ['ResourceGroupBeingDeleted', 'ResourceBeingDeleted', 'ResourceIsBeingDeleted', 'MarkedForDeletion'], means: 'it is being deleted',
    act: SETTLE, hint: 'Its deletion never ended. Check the activity log of the resource group.' },
  { codes: ['NicInUse', 'NicReservedForAnotherVm', 'NicInUseByAnotherVm', 'PublicIPAddressInUse', 'PublicIPAddressCannotBeDeleted', 'DiskInUse', 'InUseSubnetCannotBeDeleted'], means: 'a resource that uses it still exists',
    act: SETTLE, hint: 'A resource that uses it was never deleted. Check the activity log of the resource group.' },
  { codes: ['ResourceGroupDeletionBlocked', 'ResourceGroupDeletionTimeout', 'ResourceGroupDeletionAborted', 'DeletionBlocked'], means: 'the group still contains a resource',
    act: SETTLE, hint: 'bench gc --yes deletes it later; the message names what holds it.' },
  { codes: ['GalleryImageNotFound', 'ImageVersionNotReplicated'], means: 'an image version that replicates',
    act: SOON, hint: 'The image version existed a moment ago: its replication may still be in progress. Try again in a few minutes.' },
  { codes: ['InternalExecutionError', 'InternalServerError', 'ServerTimeout', 'GatewayTimeout', 'BadGateway', 'ServiceUnavailable', 'OperationTimedOut', 'RequestTimeout', 'NetworkingInternalOperationError', 'DiskServiceInternalError', 'FabricVmCreationError', 'VMExtensionManagementInternalError', 'InternalOperationError', 'StorageFailure', 'TransientError'], means: 'Azure itself failed',
    act: BROKEN, hint: 'Azure itself failed. Try again later; on Azure Stack Hub, ask its administrator.' },

  // The guest
  { codes: ['OSProvisioningTimedOut', 'OSProvisioningClientError', 'OSProvisioningInternalError', 'InternalError', 'VMStartTimedOut', 'ProvisioningTimedOut'], means: 'the guest never reported that it is provisioned',
    act: GUEST, hint: 'The guest never reported that it is provisioned: check the serial console of this boot (raw/machine/console.log).' },
  { codes: ['VMAgentStatusCommunicationError'], means: 'the guest agent is silent',
    act: GUEST, hint: 'The guest agent does not report: check the serial console of this boot.' },
  { codes: ['VMExtensionProvisioningError', 'VMExtensionProvisioningTimeout', 'VMExtensionHandlerNonTransientError'], means: 'provisioning failed in the guest',
    act: GUEST, hint: 'Provisioning failed in the machine: check its exit code and the serial console of this boot.' },
  { codes: ['MachineStopped'], means: 'the guest powered itself off',
    act: GUEST, hint: 'Read the end of the serial console of this boot (raw/machine/console.log).' },
  { codes: ['Preempted', 'OperationPreempted', 'VMEvicted'], means: 'Azure evicted the machine',
    act: GUEST, hint: 'Azure evicted the machine during its boot: this boot is lost, not slow.' },

  { codes: ['ResourceNotFound', 'NotFound', 'ParentResourceNotFound', 'NotFoundError', 'NetworkInterfaceNotFound', 'DiskNotFound'], means: 'a resource in the request does not exist',
    act: { kind: 'result', stage: 'create' }, hint: 'A resource in the request does not exist (any more): read the message and the activity log of the resource group.' },
  { codes: ['OperationNotAllowed'], means: 'not allowed in the current state of the machine; for quotas see above',
    act: { kind: 'result', stage: 'create' }, hint: 'Azure does not allow this in the current state of the machine; the message says why.' },

  // Errors that no boot of this run can fix
  { codes: ['AuthorizationFailed', 'LinkedAuthorizationFailed', 'LinkedAccessCheckFailed', 'DenyAssignmentAuthorizationFailed', 'InsufficientPermissions', 'AuthorizationPermissionMismatch', 'Forbidden'], means: 'a permission is missing',
    act: STOP, hint: 'Give the identity the role Contributor on the subscription (and on subnets or galleries elsewhere).' },
  { codes: ['RequestDisallowedByPolicy', 'RequestDisallowedByAzure', 'PolicyViolation'], means: 'a policy forbids it',
    act: STOP, hint: 'A policy of the organisation forbids it. If it requires tags, set provider.tags; otherwise use what it allows, or request an exemption.' },
  { codes: ['ScopeLocked', 'ReadOnlyDisabledSubscription', 'SubscriptionDisabled', 'DisallowedOperation', 'DisallowedProvider', 'SubscriptionNotRegisteredForFeature'], means: 'locked or disabled',
    act: STOP, hint: 'A lock or the state of the subscription forbids it: remove the lock, or use another subscription.' },
  { codes: ['MissingSubscriptionRegistration', 'SubscriptionNotRegistered', 'MissingRegistrationForResourceType'], means: 'a resource provider is not registered',
    act: STOP, hint: 'Register the resource provider once: az provider register --namespace <namespace>; bench doctor checks them.' },
  { codes: ['MarketplacePurchaseEligibilityFailed', 'ResourcePurchaseValidationFailed', 'VMMarketplaceInvalidInput', 'OfferTermsNotAccepted', 'PurchasePlanRequired'], means: 'the terms of an image are not accepted',
    act: STOP, hint: 'Accept the terms of the marketplace image once (az vm image terms accept), and set plan: true.' },
  { codes: ['ImageVersionDeprecated', 'ImageDeprecated', 'ImageDeprecatedAndRemoved'], means: 'the image version is deprecated',
    act: STOP, hint: 'The image version is deprecated and boots no new machines: name another version.' },
  { codes: ['ImageNotFound', 'PlatformImageNotFound', 'ImageVersionNotFound', 'ArtifactNotFound'], means: 'the image does not exist',
    act: STOP, hint: 'The image does not exist here: check its name, its version, and its replication regions.' },
  { codes: ['ExpiredAuthenticationToken', 'InvalidAuthenticationToken', 'InvalidAuthenticationTokenTenant', 'AuthenticationFailed', 'AuthenticationFailedInvalidHeader', 'invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'invalid_tenant'], means: 'the token was rejected',
    act: STOP, hint: 'Azure rejected the token: sign in again (az login), and check the tenant.' },
  { codes: ['SubscriptionNotFound', 'InvalidSubscriptionId'], means: 'the identity cannot see this subscription',
    act: STOP, hint: 'Check provider.subscription or AZURE_SUBSCRIPTION_ID, and that the identity may see it.' },
  { codes: ['ResourceGroupNotFound'], means: 'the group of the run is gone',
    act: STOP, hint: 'Someone deleted the resource group of the run: check the activity log of the subscription.' },
  { codes: ['NoRegisteredProviderFound', 'InvalidApiVersionParameter', 'InvalidResourceType', 'UnsupportedApiVersion'], means: 'the cloud does not support this api-version',
    act: STOP, hint: 'This cloud does not support the api-version: check provider.cloud and its profile.' },
  { codes: ['InvalidTemplate', 'InvalidTemplateDeployment', 'BadRequest', 'InvalidParameter', 'InvalidRequestContent', 'InvalidRequestFormat', 'LocationNotAvailableForResourceType', 'LocationNotAvailableForResourceGroup', 'InvalidLocation', 'InvalidResourceReference', 'ImageIncompatible', 'InvalidParameterValue', 'PropertyNotSupported', 'InvalidResourceName', 'InvalidRequestUri', 'MissingApiVersionParameter', 'MissingRequiredParameter', 'NetcfgInvalidSubnet', 'NetcfgSubnetRangesOverlap', 'InvalidVMSize', 'VMSizeNotSupported', 'ResourceTypeNotSupported', 'InvalidPropertyValue', 'InvalidDeployment', 'OSDiskSizeTooSmall', 'UnmanagedDiskNotSupported', 'LinkedInvalidPropertyId', 'StorageAccountAlreadyTaken'], means: 'the request is invalid',
    act: STOP, hint: 'The scenario combines incompatible settings: check size, image generation, disk and security type.' },
];

/** `wait`: other machines use the cores and will release them. `never`: the quota is too small. */
export const QUOTA = {
  wait: {
    act: { kind: 'again', pausesMs: times(20, ms(30_000)) },
    hint: 'Others use the quota too: lower concurrency, or request more quota.',
  },
  never: {
    act: STOP,
    hint: 'The quota is too small for these machines: request more, or choose another size or location.',
  },
} as const satisfies Record<string, Pick<Row, 'act' | 'hint'>>;

/** For a server error without a row: Azure itself failed. */
export const UNKNOWN_SERVER = BROKEN;
/** The code whose row also applies to a 429 without a known code. */
export const THROTTLED = 'TooManyRequests';
