/**
 * kubelet's request for its client certificate, on nodes that bootstrap with a token: requested, approved by the cluster, issued.
 * Wordings of client-go (util/certificate, its csr package) and of kubelet's certificate/bootstrap. A little later kubelet
 * requests its serving certificate in the same words, and months later the next client certificate. A boot needs neither of
 * these for a ready node.
 */
import type { BootEvent } from '../model/timeline.ts';

const CLIENT = 'kubernetes\\.io/kube-apiserver-client-kubelet';

/** Up to 1.20 the line does not name the certificate: after the line about the bootstrap kubeconfig it is the client's. */
const BOOTSTRAP = 'csr.bootstrap';
const UNNAMED = 'csr.unnamed';

export const CSR_WORDINGS: readonly (readonly [string, RegExp])[] = [
  [BOOTSTRAP, /"?Using bootstrap kubeconfig to generate TLS client cert\b/],
  [
    'csr.requested',
    new RegExp(
      `"?Waiting for client certificate to be issued\\b|${CLIENT}: Rotating certificates|"Rotating certificates".{0,80}logger="${CLIENT}"`,
    ),
  ],
  [UNNAMED, /\.go:\d+\] "?Rotating certificates"?$/],
  ['csr.approved', /"?certificate signing request (?:\S{1,80} )?is approved, waiting to be issued\b/i],
  ['csr.issued', /"?certificate signing request (?:\S{1,80} )?is issued\b/i],
];

/** Drops requests for other certificates from kubelet's events, and keeps the first of each event of the client's request. */
export function clientRequestOnly(events: readonly BootEvent[]): BootEvent[] {
  const first = (id: string, from: number) => events.findIndex((event, at) => at >= from && event.id === id);
  const bootstrap = first(BOOTSTRAP, 0);
  const named = first('csr.requested', 0);
  const requested = named === -1 && bootstrap !== -1 ? first(UNNAMED, bootstrap) : named;
  const kept = new Map<number, string>();
  if (requested !== -1) {
    kept.set(requested, 'csr.requested');
    for (const id of ['csr.approved', 'csr.issued']) kept.set(first(id, requested), id);
  }
  return events.flatMap((event, at) => {
    const id = kept.get(at);
    if (id !== undefined) return [{ ...event, id }];
    return event.id.startsWith('csr.') ? [] : [event];
  });
}
