import { describe, expect, test } from 'vitest';
import { ArmError, remedyOf } from '../../../src/providers/azure/arm/failure.ts';

describe('the remedy of an error', () => {
  const rows: readonly [string, string, string?][] = [
    ['QuotaExceeded', 'again', 'exceeding approved Total Regional Cores quota. Current Limit: 10, Current Usage: 8'],
    ['QuotaExceeded', 'stop', 'exceeding approved Total Regional Cores quota. Current Limit: 0, Current Usage: 0'],
    ['OperationNotAllowed', 'stop', 'exceeding approved standardDSv5Family Cores quota. Current Usage: 0'],
    ['SkuNotAvailable', 'move'],
    ['AllocationFailed', 'move'],
    ['ZonalAllocationFailed', 'move'],
    ['OverconstrainedAllocationRequest', 'move'],
    ['OverconstrainedZonalAllocationRequest', 'move'],
    ['TooManyRequests', 'again'],
    ['ResourceCollectionRequestsThrottled', 'again'],
    ['GalleryImageNotFound', 'again'],
    ['OSProvisioningTimedOut', 'result'],
    ['OSProvisioningClientError', 'result'],
    ['OSProvisioningInternalError', 'result'],
    ['InternalError', 'result'],
    ['VMExtensionProvisioningError', 'result'],
    ['Conflict', 'again'],
    ['AnotherOperationInProgress', 'again'],
    ['ResourceGroupBeingDeleted', 'again'],
    ['NicInUse', 'again'],
    ['NicReservedForAnotherVm', 'again'],
    ['InUseSubnetCannotBeDeleted', 'again'],
    ['InvalidTemplate', 'stop'],
    ['BadRequest', 'stop', "The selected VM size cannot boot Hypervisor Generation '1'."],
    ['AuthorizationFailed', 'stop'],
    ['MarketplacePurchaseEligibilityFailed', 'stop'],
    ['ResourceGroupQuotaExceeded', 'stop'],
    ['Preempted', 'result'],
  ];
  test.each(rows)('%s is: %s', (code, act, message = 'as Azure says it') => {
    const remedy = remedyOf(new ArmError(409, [code], message));
    expect(remedy).toMatchObject({ code, act: { kind: act } });
    expect(remedy.hint.length).toBeGreaterThan(20);
  });

  test('that is in no table is a result, unless Azure itself broke', () => {
    expect(remedyOf(new ArmError(418, ['Teapot'], 'short and stout')).act.kind).toBe('result');
    expect(remedyOf(new ArmError(503, ['ServiceUnavailable'], 'later')).act.kind).toBe('again');
  });

  test('is that of the innermost code that is known', () => {
    expect(remedyOf(new ArmError(409, ['DeploymentFailed', 'Conflict', 'SkuNotAvailable'], '')).code).toBe(
      'SkuNotAvailable',
    );
  });
});
