/** What an error means for its boot: what bench does about it, and the failure that it records if the error is a result. */
import type { Failure } from '../../../model/boot.ts';
import type { Remedy } from '../../cloud/remedy.ts';
import { ArmError, failureOf, remedyOf } from '../arm/failure.ts';
import type { Context } from '../machine/context.ts';
import type { Observations } from '../machine/observations.ts';
import { PortSilent, TooLate } from '../machine/provisioning.ts';

export interface Meaning {
  readonly remedy: Remedy;
  readonly failure: Failure;
}

/** Undefined if the error does not concern a boot. */
export function meaningOf(
  cause: unknown,
  context: Context,
  boot: string,
  { marks }: Observations,
): Meaning | undefined {
  if (cause instanceof TooLate) {
    const minutes = Math.round(context.readyWithinMs / 6000) / 10;
    return asResult({
      stage: 'boot',
      code: 'ready-timeout',
      message: `Boot ${boot} still waited for ${cause.waitingFor} after ${minutes} min.`,
      hint: 'Check the serial console of this boot, or raise ready.within in the scenario.',
    });
  }
  if (cause instanceof PortSilent)
    return asResult({
      stage: 'reach',
      code: 'port-silent',
      message: `Boot ${boot}: ${cause.message}.`,
      hint: 'Check policies, firewalls and security groups on the route to port 22, or choose another route: provider.reach.',
      infrastructure: true,
    });
  if (!(cause instanceof ArmError)) return undefined;
  const guestRan = marks.some(({ id }) => id === 'outside.running');
  return { remedy: remedyOf(cause), failure: bootFailure(context, `Boot ${boot}`, cause, guestRan) };
}

const asResult = (failure: Failure): Meaning => {
  const { stage, code, hint } = failure;
  return { remedy: { code, act: { kind: 'result', stage }, hint }, failure };
};

/** Azure may evict a spot machine, which says nothing about its image. */
export function bootFailure({ options }: Context, what: string, error: ArmError, guestRan: boolean): Failure {
  const failure = failureOf(what, error, guestRan);
  if (options.priority !== 'spot' || failure.code !== 'Preempted') return failure;
  const hint =
    'Azure evicted the spot machine: this boot is lost, not slow. Other sizes have fewer evictions; priority: regular has none.';
  return { ...failure, code: 'SpotEvicted', hint, infrastructure: true };
}
