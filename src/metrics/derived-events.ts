/**
 * Events that are the earliest, or the best known, of others. No artifact contains them: each has the stamp of an event that an
 * artifact contains, so that a metric leads to that event's line. A record has them among its events.
 */
import type { Stamp } from '../model/timeline.ts';

/** Looks up a stamp. The caller passes it, because this file may not import its caller. */
export type LookUp = (id: string) => Stamp | undefined;

interface Derived {
  /** The event whose absence explains a missing derived event. */
  readonly reason: string;
  readonly of: (lookUp: LookUp) => Stamp | undefined;
}

const SECURE_TLS = 'unit.secure-tls-bootstrap.service';

/** A restarted unit has its earlier starts under numbers: systemd starts the client a handful of times. */
const MOST_STARTS = 10;
const SECURE_STARTS = ['', ...Array.from({ length: MOST_STARTS }, (_, index) => `~${index + 1}`)].map(
  (start) => `${SECURE_TLS}${start}/start`,
);

/** The network stage of cloud-init, in which boothooks run, by its unit's two names; otherwise as provisioning states it. */
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
      // The client's own event is a little late. It is useful only if kubelet's start shows which came first.
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

/** Stamps of different clocks have no order: compares those on the clock of `end`, if that is known. */
function earliest(stamps: readonly (Stamp | undefined)[], end: Stamp | undefined): Stamp | undefined {
  const known = stamps.filter((stamp) => stamp !== undefined);
  const clock = known.some((stamp) => stamp.clock === end?.clock) ? end?.clock : known[0]?.clock;
  return known
    .filter((stamp) => stamp.clock === clock)
    .reduce<Stamp | undefined>((best, stamp) => (best === undefined || stamp.us < best.us ? stamp : best), undefined);
}
