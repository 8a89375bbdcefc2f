/**
 * kubelet's own gauges of its way to a ready node (`kubelet_node_startup_*_seconds`, since Kubernetes 1.27), set once, when a
 * node that was new is first ready. They are durations without instants, and where they begin at the boot, that is known to
 * kubelet in whole seconds: a cross-check, and all there is where a journal was lost.
 *
 *   pre_kubelet | pre_registration | registration | post_registration      their sum is node_startup_duration
 *   boot .. kubelet .. first attempt .. registered .. ready
 *
 * What can be reached from the machine itself: the read-only port (10255), which AKS turns off; and the port of kubelet's API
 * (10250) with kubelet's own client certificate, which most clusters do not allow to read metrics. So the answer is often a
 * status and no gauge, which is reported. Nothing is written, and neither attempt may take longer than two seconds.
 */
import type { ArtifactRequest } from '../model/collector.ts';
import type { PrintedDuration } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { type Parsing, warn } from './parsed.ts';
import { PLAUSIBLE_US } from './reading/duration-text.ts';
import { lineOf, linesOf } from './reading/lines.ts';

const PATH = 'aks/kubelet-metrics.txt';
/** The newest of what is there: nodes that bootstrap with the secure client have no `kubelet-client-current.pem`, or it leads nowhere. */
const CERTIFICATE = 'ls -tL /var/lib/kubelet/pki/kubelet-client-*.pem 2>/dev/null | head -n 1';
/** The gauges and what was answered; the rest of the page is hundreds of kilobytes. */
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

/** What a metric of ours is called by kubelet; from the boot to the moment of the metric. */
const METRICS: Readonly<Record<string, string>> = { pre_kubelet: 'kubelet.start', total: 'node.ready' };

/** kubelet knows when the machine was booted to a second, either way. */
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
    // A gauge that was not set yet is 0.
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
