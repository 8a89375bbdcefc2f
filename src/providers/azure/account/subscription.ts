/** The connection to a subscription, and the check that a run can use it. */

import * as z from 'zod';
import { usageError, worldError } from '../../../model/errors.ts';
import type { Timer } from '../../../model/provider.ts';
import { type Arm, connectArm } from '../arm/connection.ts';
import { bodyOf } from '../arm/response.ts';
import { RESOURCES_API } from '../gc/group.ts';
import type { AzureOptions } from '../scenario.ts';
import { cloudOf, type Environment } from './cloud.ts';
import { credentialFor } from './credential.ts';

/** The settings that choose the subscription and the identity; the environment can supply all of them. */
export interface Account extends Pick<AzureOptions, 'credentials' | 'cloud' | 'subscription' | 'tenant'> {}

export interface AccountWorld {
  readonly environment: Environment;
  /** The scenario's folder: the path of its certificate authority is relative to it. */
  readonly folder: string;
  readonly timer: Timer;
  /** Prints a line when Azure makes us wait. */
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

/** Reads the subscription: throws if a run cannot use it, and resolves with the time of day in the cloud. */
export async function serverTime(arm: Arm, signal: AbortSignal): Promise<string> {
  const answer = await arm.call('GET', `/subscriptions/${arm.subscription}?${RESOURCES_API}`, undefined, signal);
  const { state = 'without a state' } = bodyOf(z.object({ state: z.string().optional() }), answer);
  if (state !== 'Enabled')
    throw worldError(`The subscription ${arm.subscription} is ${state}.`, 'Use an enabled subscription.');
  const date = answer.header('date');
  if (date === undefined) throw worldError('Azure answered without a date.');
  return new Date(date).toISOString();
}
