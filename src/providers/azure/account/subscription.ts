/** A subscription that a user may use: the way to it, and whether it can be used at all. */

import * as z from 'zod';
import { usageError, worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import { type Arm, connectArm } from '../arm/connection.ts';
import { bodyOf } from '../arm/response.ts';
import { RESOURCES_API } from '../gc/group.ts';
import type { AzureOptions } from '../scenario.ts';
import { cloudOf, type Environment } from './cloud.ts';
import { credentialFor } from './credential.ts';

/** What of a scenario says whose subscription it is; all of it may come from the environment. */
export interface Account extends Pick<AzureOptions, 'credentials' | 'cloud' | 'subscription' | 'tenant'> {}

export interface AccountWorld {
  readonly environment: Environment;
  /** Where a certificate authority of the scenario lies. */
  readonly folder: string;
  readonly timer: Timer;
  /** Told when Azure makes us wait. */
  readonly say?: (line: string) => void;
}

/** Sends nothing yet. */
export async function connect(
  account: Account,
  { environment, folder, timer, say = () => {} }: AccountWorld,
): Promise<Arm> {
  const subscription = account.subscription || environment.AZURE_SUBSCRIPTION_ID;
  if (!subscription)
    throw usageError('Which subscription?', 'Set AZURE_SUBSCRIPTION_ID, or provider.subscription in the scenario.');
  const cloud = await cloudOf(account.cloud, environment, folder);
  const ofTenant = account.tenant === undefined ? environment : { ...environment, AZURE_TENANT_ID: account.tenant };
  const credential = await credentialFor(account.credentials, cloud, ofTenant);
  return connectArm(cloud, credential, subscription, timer, say);
}

/** Asks for the subscription: says at once whether it can be used, and what time it is in the cloud. */
export async function serverTime(arm: Arm, signal: AbortSignal): Promise<string> {
  const answer = await arm.call('GET', `/subscriptions/${arm.subscription}?${RESOURCES_API}`, undefined, signal);
  const { state = 'without a state' } = bodyOf(z.object({ state: z.string().optional() }), answer);
  if (state !== 'Enabled')
    throw worldError(`The subscription ${arm.subscription} is ${state}.`, 'Use an enabled subscription.');
  const date = answer.header('date');
  if (date === undefined) throw worldError('Azure answered without a date.');
  return new Date(date).toISOString();
}
