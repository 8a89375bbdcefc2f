/**
 * Events that are the earliest, or the best known, of others. They stand in no artifact: each is the stamp of one that does, so
 * that a metric from it is followed to that one's line. A record has them among its events.
 */
import type { Stamp } from '../model/timeline.ts';

/** How a stamp is looked up, as this file may not ask the one that asks it. */
export type LookUp = (id: string) => Stamp | undefined;

interface Derived {
  /** The event whose absence is the reason where none is there. */
  readonly reason: string;
  readonly of: (lookUp: LookUp) => Stamp | undefined;
}

const SECURE_TLS = 'unit.secure-tls-bootstrap.service';

/** A unit that was started again has its earlier starts under numbers: the client is tried a handful of times. */
const MOST_STARTS = 10;
const SECURE_STARTS = ['', ...Array.from({ length: MOST_STARTS }, (_, index) => `~${index + 1}`)].map(
  (start) => `${SECURE_TLS}${start}/start`,
);

/** The network stage of cloud-init, in which boothooks run, by its unit's two names; else as provisioning states it. */
const CLOUD_INIT = [
  'unit.cloud-init.service/start',
  'unit.cloud-init-network.service/start',
  'provision-result.cloud-init',
];

const DERIVED: Readonly<Record<string, Derived>> = {
  'tls.start': {
    reason: 'kubelet.start',
    of: (lookUp) => {
      const kubelet = lookUp('kubelet.start');
      // What the client says of itself is a little late. It is worth something only where kubelet's start shows which was first.
      const client = kubelet && lookUp('secure-tls.start');
      return earliest([...SECURE_STARTS.map(lookUp), client, kubelet], lookUp('tls.kubeconfig'));
    },
  },
  'cloud-init.start': {
    reason: 'cloud-init.start',
    of: (lookUp) => CLOUD_INIT.map(lookUp).find((stamp) => stamp !== undefined),
  },
};

export const DERIVED_EVENTS: readonly string[] = Object.keys(DERIVED);

export const derivedStamp = (id: string, lookUp: LookUp): Stamp | undefined => DERIVED[id]?.of(lookUp);

/** The event whose absence explains that of `id`. */
export const reasonEvent = (id: string): string => DERIVED[id]?.reason ?? id;

/** Stamps of different clocks have no order: those on the clock of `end` are compared, where that is known. */
function earliest(stamps: readonly (Stamp | undefined)[], end: Stamp | undefined): Stamp | undefined {
  const known = stamps.filter((stamp) => stamp !== undefined);
  const clock = known.some((stamp) => stamp.clock === end?.clock) ? end?.clock : known[0]?.clock;
  return known
    .filter((stamp) => stamp.clock === clock)
    .reduce<Stamp | undefined>((best, stamp) => (best === undefined || stamp.us < best.us ? stamp : best), undefined);
}
