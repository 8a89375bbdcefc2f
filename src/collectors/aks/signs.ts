/** Patterns that recognise the artifacts of an AKS node's provisioning. */
import type { Sign } from '../../model/collector.ts';

/** Lines of a shell trace; an aggregating log puts a prefix before each. A quoted text continues to its closing quote. */
const TRACE_RUN =
  /^(?:[^+]{0,120}[\s:])?\+{1,8} \S|^[}'"]|^ *"(?:Timestamp|OperationId|Version|TaskName|Event\w+|Message)"/;

export const AKS_SIGNS: readonly Sign[] = [
  {
    raw: (name) => `guest-agent/events/${name.replace(/\.[a-z]{1,5}$/i, '').replace(/[^\w.-]/g, '_')}.json`,
    path: /(?:^|\/)events\/\d+\.json$/,
    json: /^(?![\s\S]*"ExecDuration"\s*:)[\s\S]*"OperationId"\s*:/i,
  },
  {
    raw: 'aks/cluster-provision.log',
    names: ['cluster-provision.log'],
    run: TRACE_RUN,
    line: /\+ logs_to_events |"TaskName":|--arg TaskName |\+ exit \d|startTime=|provision_|startcustomscript/,
  },
  { raw: 'aks/provision.json', names: ['provision.json'], json: /"ExitCode"\s*:/ },
  {
    raw: 'aks/provision.json',
    interrupts: true,
    line: /"ExitCode"\s*:|\bterminated with exit status[= ]\d/,
    // A line that begins with a stamp belongs to another artifact.
    next: /^(?!\s*\[ *\d|[A-Z][a-z]{2} +\d+ \d\d:|\d{4}-\d\d-\d\d)./,
  },
];
