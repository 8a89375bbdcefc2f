/**
 * kubelet's own startup gauges (`kubelet_node_startup_*_seconds`, since Kubernetes 1.27). kubelet sets them once, when a new node
 * is first ready. They are durations without instants, and kubelet knows the boot's time only in whole seconds. They serve
 * as a cross-check, and as the only source if a journal was lost.
 *
 *   pre_kubelet | pre_registration | registration | post_registration      their sum is node_startup_duration
 *   boot .. kubelet .. first attempt .. registered .. ready
 *
 * The machine itself can reach the read-only port (10255), which AKS turns off. It can also reach kubelet's API port (10250)
 * with kubelet's client certificate, but most clusters do not allow that certificate to read metrics. So the answer is often a
 * status and no gauge; we report the status. The command writes nothing, and limits each attempt to two seconds.
 */
import type { ArtifactRequest } from '../model/collector.ts';
import type { PrintedDuration } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { type Parsing, warn } from './parsed.ts';
import { PLAUSIBLE_US } from './reading/duration-text.ts';
import { lineOf, linesOf } from './reading/lines.ts';

const PATH = 'aks/kubelet-metrics.txt';
/** The newest file: nodes that bootstrap with the secure client have no `kubelet-client-current.pem`, or a dangling link. */
const CERTIFICATE = 'ls -tL /var/lib/kubelet/pki/kubelet-client-*.pem 2>/dev/null | head -n 1';
/** Keeps the gauges and the status; the rest of the page is hundreds of kilobytes. */
const KEEP = "sed -n -e '/^kubelet_node_startup_/p' -e '/^# status /p'";
const ASK = "curl --silent --max-time 2 --write-out '\\n# status %{http_code} of %{url_effective}\\n'";

export const kubeletMetricsRequest: ArtifactRequest = {
  path: PATH,
  command:
    `cert=$(${CERTIFICATE}); if [ -n "$cert" ] && command -v curl >/dev/null; then ` +
    `${ASK} http://127.0.0.1:10255/metrics | ${KEEP}; ` +
    `${ASK} --insecure --cert "$cert" --key "$cert" https://127.0.0.1:10250/metrics | ${KEEP}; fi`,
  maxBytes: 64 * 1024,
};

const GAUGE = /^kubelet_node_startup_((?:[a-z]{1,30}_){0,3})duration_seconds(?:\{[^}]{0,200}\})? ([\d.eE+-]{1,30})$/;
const STATUS = /^# status (\d{3}) of (\S{1,100})$/;

/** kubelet's names for two of our events; its gauges measure from the boot to the event. */
const METRICS: Readonly<Record<string, string>> = { pre_kubelet: 'kubelet.start', total: 'node.ready' };

/** kubelet knows the boot's time to a second, either way. */
const BOOT_TIME_US = 1_000_000;

export function readKubeletMetrics(raw: ReadonlyMap<string, Uint8Array>, into: Parsing): PrintedDuration[] {
  const gauges = new Map<string, PrintedDuration>();
  const answers: string[] = [];
  for (const { text, number } of linesOf(raw.get(PATH))) {
    const [, status, url] = STATUS.exec(text) ?? [];
    if (status !== undefined && url !== undefined) answers.push(`${url}: ${status === '000' ? 'no answer' : status}`);
    const [, part, value] = GAUGE.exec(text) ?? [];
    if (part === undefined) continue;
    const name = part === '' ? 'total' : part.slice(0, -1);
    const lengthUs = Math.round(Number(value) * 1e6);
    // A gauge is 0 until kubelet sets it.
    if (!(lengthUs > 0 && lengthUs <= PLAUSIBLE_US) || gauges.has(name)) continue;
    const metric = METRICS[name];
    gauges.set(name, {
      tool: 'kubelet metrics',
      name,
      ...(metric !== undefined && { metric }),
      us: us(lengthUs),
      errorUs: us(metric === undefined ? 1 : BOOT_TIME_US),
      evidence: lineOf(PATH, number),
    });
  }
  if (gauges.size === 0 && raw.has(PATH)) {
    const message = `kubelet's start-up metrics could not be read (${answers.join(', ') || 'no answer'})`;
    warn(into, 'kubelet-metrics', message, lineOf(PATH, 1));
  }
  return [...gauges.values()];
}
