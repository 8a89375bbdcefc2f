/**
 * Checks whether a subscription is ready for a scenario. Is there an identity, and is the subscription usable? May the identity do
 * what a run does? Are the resource providers there, and do images, sizes and quota fit? Makes nothing.
 */
import * as z from 'zod';
import type { CheckResult } from '../../../model/check-result.ts';
import { BenchError } from '../../../model/errors.ts';
import type { AskWorld } from '../../../model/preflight.ts';
import { connect, serverTime } from '../account/subscription.ts';
import { type Arm, get } from '../arm/connection.ts';
import { asWorldError } from '../arm/failure.ts';
import { RESOURCES_API } from '../gc/group.ts';
import type { AzureScenario } from '../scenario.ts';
import { permissions } from './permissions.ts';
import { prospectOf } from './preflight.ts';

const providersFor = ({ provider: { reach } }: AzureScenario): string[] => [
  'Microsoft.Compute',
  'Microsoft.Network',
  ...(reach.kind === 'run-command' ? ['Microsoft.Storage'] : []),
];

/** `machines` is how many run at a time. */
export async function examineSubscription(
  scenario: AzureScenario,
  machines: number,
  world: AskWorld,
): Promise<CheckResult[]> {
  const found: CheckResult[] = [];
  const failed = (check: string, cause: unknown): CheckResult => {
    const { message, hint } = cause instanceof BenchError ? cause : asWorldError('It could not be checked', cause);
    return { check, state: 'missing', says: message, ...(hint !== undefined && { todo: hint }) };
  };
  let arm: Arm;
  try {
    arm = await connect(scenario.provider, { ...world, folder: world.scenarioFolder });
    await arm.token(world.signal);
    found.push({ check: 'credentials', state: 'ok', says: `${scenario.provider.credentials}: a token was given` });
  } catch (cause) {
    return [failed('credentials', cause)];
  }
  try {
    await serverTime(arm, world.signal);
    found.push({ check: 'subscription', state: 'ok', says: arm.subscription });
  } catch (cause) {
    return [...found, failed('subscription', cause)];
  }
  const checks = await Promise.all([
    permissions(arm, scenario, world.signal).catch((cause: unknown) => [failed('permissions', cause)]),
    ...providersFor(scenario).map((name) =>
      registration(arm, name, world.signal).catch((cause: unknown) => [failed(name, cause)]),
    ),
  ]);
  return [...found, ...checks.flat(), ...(await prospects(scenario, machines, world))];
}

const Registration = z.object({ registrationState: z.string().optional() });

async function registration(arm: Arm, name: string, signal: AbortSignal): Promise<CheckResult[]> {
  const path = `/subscriptions/${arm.subscription}/providers/${name}?${RESOURCES_API}`;
  const { registrationState } = await get(arm, Registration, path, signal);
  if (registrationState === 'Registered') return [{ check: name, state: 'ok', says: 'registered' }];
  const todo = `az provider register --namespace ${name}`;
  return [{ check: name, state: 'missing', says: registrationState ?? 'unknown', todo }];
}

async function prospects(scenario: AzureScenario, machines: number, world: AskWorld): Promise<CheckResult[]> {
  const prospect = await prospectOf(scenario, machines, world);
  switch (prospect.kind) {
    case 'unknown':
      return [{ check: 'images and quota', state: 'note', says: prospect.reason }];
    case 'refused': {
      const { message, hint } = prospect.error;
      return [
        { check: 'images and quota', state: 'missing', says: message, ...(hint !== undefined && { todo: hint }) },
      ];
    }
    case 'ready':
      return [
        ...Object.entries(prospect.images).map(
          ([variant, exact]): CheckResult => ({ check: `image ${variant}`, state: 'ok', says: exact }),
        ),
        ...prospect.quota.map(
          ({ size, what, needed, free, limit }): CheckResult => ({
            check: 'quota',
            state: 'ok',
            says: `${size}: ${needed} ${what} are needed, ${free} of ${limit} are free`,
          }),
        ),
        ...prospect.dropped.map(
          (reason): CheckResult => ({ check: 'size', state: 'note', says: `not used: ${reason}` }),
        ),
      ];
    default:
      return prospect satisfies never;
  }
}
