/** How machines without a public address are reached. Whatever can be wrong with the way is found before anything is made. */
import path from 'node:path';
import { readSmallText } from '../../../files/regular.ts';
import { messageOf, usageError } from '../../../model/errors.ts';
import type { RunContext, SshTarget } from '../../../model/provider.ts';
import type { Arm } from '../arm/connection.ts';
import type { AzureOptions } from '../scenario.ts';
import { findBastion, openTunnel } from './bastion.ts';

/** The part of an SSH target that says the way to a machine, by the machine's id. */
export type WayTo = (id: string) => Pick<SshTarget, 'via'>;

type Jump = Extract<AzureOptions['reach'], { kind: 'jump' }>;

export async function prepareWay(arm: Arm, { reach }: AzureOptions, run: RunContext): Promise<WayTo> {
  switch (reach.kind) {
    case 'public':
    case 'private':
    case 'run-command':
      return () => ({});
    case 'jump': {
      const target = await jumpTarget(reach, run);
      return () => ({ via: { kind: 'jump', target } });
    }
    case 'bastion': {
      const bastion = await findBastion(arm, reach.id, run.signal);
      return (id) => ({
        via: {
          kind: 'tunnel',
          name: `the Bastion ${bastion.name}`,
          open: (signal) => openTunnel(arm, bastion, id, signal),
        },
      });
    }
    default:
      return reach satisfies never;
  }
}

async function jumpTarget({ host, port, user, hostKey, keyFile }: Jump, run: RunContext): Promise<SshTarget> {
  const named = keyFile ?? run.environment.BENCH_JUMP_KEY_FILE;
  if (!named)
    throw usageError('No key is set for the jump host.', 'Set BENCH_JUMP_KEY_FILE, or provider.reach.keyFile.');
  const file = path.resolve(run.scenarioFolder, named);
  const privateKey = await readSmallText(file).catch((cause: unknown) => {
    throw usageError(`The key of the jump host: ${messageOf(cause)}`, 'Name another file.');
  });
  return { host, port, user, privateKey, hostKey: { kind: 'pinned', sha256: hostKey } };
}

/** A machine that is run commands in has to get out: a network of bench's own has no other way. */
export const hasPublicAddress = ({ reach, subnet }: AzureOptions): boolean =>
  reach.kind === 'public' || (reach.kind === 'run-command' && subnet === undefined);
