/** How bench reaches machines without a public address. It finds problems on the way before it makes anything. */
import path from 'node:path';
import { readSmallText } from '../../../files/regular.ts';
import { messageOf, usageError } from '../../../model/errors.ts';
import type { RunContext, SshTarget } from '../../../model/provider.ts';
import type { Arm } from '../arm/connection.ts';
import type { AzureOptions } from '../scenario.ts';
import { findBastion, openTunnel } from './bastion.ts';

/** The route to a machine in its SSH target, by the machine's id. */
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

/** A machine with run commands needs outbound connections, and bench's own network has no other outbound route. */
export const hasPublicAddress = ({ reach, subnet }: AzureOptions): boolean =>
  reach.kind === 'public' || (reach.kind === 'run-command' && subnet === undefined);
