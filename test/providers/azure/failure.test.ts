import { describe, expect, test } from 'vitest';
import { ArmError, failureOf, remedyOf } from '../../../src/providers/azure/arm/failure.ts';

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

  test('that no table lists is a result, unless Azure itself broke', () => {
    expect(remedyOf(new ArmError(418, ['Teapot'], 'short and stout')).act.kind).toBe('result');
    expect(remedyOf(new ArmError(503, ['ServiceUnavailable'], 'later')).act.kind).toBe('again');
  });

  test.each([
    [409, 'Teapot', 'result'],
    [500, 'KettleBroke', 'again'],
    [403, 'NoTeaForYou', 'stop'],
    [429, 'TooMuchTea', 'again'],
  ])('%i %s, an unknown error, shows its text, its request id and where to look it up', (status, code, act) => {
    const error = new ArmError(status, [code], 'short and stout', '0b1c-77');
    const remedy = remedyOf(error);
    expect(remedy).toMatchObject({ code, act: { kind: act }, unknown: true });
    expect(remedy.hint).toContain(`look it up at https://learn.microsoft.com/search/?terms=Azure%20${code}.`);
    expect(remedy.hint).toContain('Request id: 0b1c-77.');
    expect(failureOf('Boot 0001-before', error).message).toBe(`Boot 0001-before: ${code}: short and stout`);
  });

  test.each([
    [409, 'boot'],
    [500, 'boot'],
    [429, 'create'],
  ])(
    'that no table lists (%i) counts as infrastructure before any guest has run, and afterwards not: %s',
    (status, after) => {
      const error = new ArmError(status, ['Teapot'], 'short and stout');
      expect(failureOf('Boot', error, false).stage).toBe('create');
      expect(failureOf('Boot', error, true).stage).toBe(after);
    },
  );

  test('is that of the innermost known code', () => {
    expect(remedyOf(new ArmError(409, ['DeploymentFailed', 'Conflict', 'SkuNotAvailable'], '')).code).toBe(
      'SkuNotAvailable',
    );
  });
});
