/**
 * Which artifact is this file? By its name where the name is one that machines give (or that bench gives under `raw/`), else
 * by what it says. One text may be several artifacts: people paste `systemd-analyze` and its critical chain into one file.
 */
import { textOf, withoutColours } from '../../collectors/reading/text.ts';

/** Where a file goes. `root` is the folder of the machine it is from, `raw` its paths under `raw/`. */
export interface Recognised {
  readonly root: string;
  readonly raw: readonly string[];
}

const RAW_ROOMS = /^(?:systemd|journal|cloud-init|guest-agent|aks|clock|machine)\//;

/** Files that have one name on every machine. */
const BY_NAME: Readonly<Record<string, string>> = {
  'waagent.log': 'guest-agent/waagent.log',
  'provision.json': 'aks/provision.json',
  'cluster-provision.log': 'aks/cluster-provision.log',
  'tls-bootstrap-start-time': 'aks/tls-bootstrap-start-time',
  'secure-tls-bootstrap.log': 'aks/secure-tls-bootstrap.log',
  'kubelet.log': 'aks/kubelet.log',
  'kubelet-metrics.txt': 'aks/kubelet-metrics.txt',
  'cloud-init.log': 'cloud-init/cloud-init.log',
  'analyze-dump.json': 'cloud-init/analyze-dump.json',
  'manager.show': 'systemd/manager.show',
  'units.show': 'systemd/units.show',
  'unit-links.txt': 'systemd/unit-links.txt',
  'analyze-time.txt': 'systemd/analyze-time.txt',
  'analyze-blame.txt': 'systemd/analyze-blame.txt',
  'analyze-critical-chain.txt': 'systemd/analyze-critical-chain.txt',
  'boot.jsonl': 'journal/boot.jsonl',
};

/** Folders in which machines keep such files; what stands before them is the machine's own folder. */
const NODE_FOLDERS =
  /(?:^|\/)(?:var\/log|run\/cloud-init|opt\/azure|systemd|journal|cloud-init|guest-agent|aks|clock|machine|events)(?:\/|$).*$/;

/** Undefined where neither the name nor the content says what it is. */
export function recognise(path: string, bytes: Uint8Array): Recognised | undefined {
  const slash = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  const rawAt = path.lastIndexOf('/raw/');
  const own = path.startsWith('raw/') ? { root: '', rest: path.slice(4) } : undefined;
  const under = rawAt === -1 ? own : { root: path.slice(0, rawAt), rest: path.slice(rawAt + 5) };
  if (under && RAW_ROOMS.test(under.rest)) return { root: under.root, raw: [under.rest] };
  const root = folder.replace(NODE_FOLDERS, '');
  const tail = path.slice(root === '' ? 0 : root.length + 1);
  if (RAW_ROOMS.test(tail) && isKnownRaw(tail)) return { root, raw: [tail] };
  const named = BY_NAME[name];
  if (named !== undefined) return { root, raw: [named] };
  const raw = bySaying(sample(bytes), name);
  return raw.length === 0 ? undefined : { root, raw };
}

/** Raw names whose content says nothing of itself. */
const isKnownRaw = (tail: string): boolean =>
  Object.values(BY_NAME).includes(tail) ||
  /^(?:clock|machine|guest-agent\/events)\/[\w.-]+$/.test(tail) ||
  tail === 'cloud-init/status.json' ||
  tail === 'aks/file-times.txt';

/** What a file is, it says soon. */
const SAMPLE_BYTES = 262_144;

function sample(bytes: Uint8Array): string {
  return withoutColours(textOf(bytes.subarray(0, SAMPLE_BYTES)));
}

type Saying = { readonly raw: (name: string) => string; readonly says: RegExp; readonly not?: RegExp };

const to = (raw: string) => () => raw;
const toEvent = (name: string) =>
  `guest-agent/events/${name.replace(/\.[a-z]{1,5}$/i, '').replace(/[^\w.-]/g, '_')}.json`;

/** The first that fits, of formats that stand alone. */
const ALONE: readonly Saying[] = [
  { raw: to('journal/boot.jsonl'), says: /"__REALTIME_TIMESTAMP"\s*:/ },
  { raw: to('aks/cluster-provision.log'), says: /(?:^|[\s:])\++ (?:echo .{0,4000}"TaskName":|logs_to_events )/m },
  { raw: toEvent, says: /"OperationId"\s*:/i, not: /"ExecDuration"\s*:/ },
  { raw: to('cloud-init/analyze-dump.json'), says: /"event_type"\s*:\s*"(?:start|finish)"/ },
  { raw: to('aks/provision.json'), says: /\\?"ExitCode\\?"\s*:/ },
  { raw: to('cloud-init/status.json'), says: /^\s*\{\s*"v1"\s*:/ },
  { raw: to('aks/secure-tls-bootstrap.log'), says: /^\{"level":"[a-z]+","timestamp":"/m },
  { raw: to('cloud-init/cloud-init.log'), says: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+ - [\w.-]+\[[A-Z]+\]: /m },
  {
    raw: to('guest-agent/waagent.log'),
    says: /^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\.\d+Z? (?:INFO|WARNING|ERROR|VERBOSE) (?:Daemon|ExtHandler|\[|\w+ ExtHandler)/m,
  },
  { raw: to('aks/kubelet-metrics.txt'), says: /^kubelet_node_startup_[a-z_]{0,60}duration_seconds\b/m },
  { raw: to('cloud-init/analyze-boot.txt'), says: /^[ \t]{0,80}-- Most Recent (?:Container )?Boot Record --/m },
  { raw: to('cloud-init/analyze-show.txt'), says: /^[ \t]{0,80}(?:Starting|Finished) stage: /m },
  { raw: to('cloud-init/analyze-blame.txt'), says: /^[ \t]{0,80}\d{1,9}\.\d{1,6}s \([\w.-]+\/[\w./-]+\)[ \t]*$/m },
  { raw: to('aks/kubelet.log'), says: /(?:^|\s)[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{6}\s+\d+ [\w.]+\.go:\d+\]/m },
];

const SUFFIX = '(?:service|device|mount|socket|swap|target|timer|path|automount|scope|slice)';
const DURATION = '\\d+(?:\\.\\d+)?(?:y|month|w|d|h|min|s|ms|us)';

/** Each that fits, of what one paste may hold together. */
const TOGETHER: readonly Saying[] = [
  {
    raw: to('systemd/analyze-time.txt'),
    says: /Startup\s{0,8}finished\s{0,8}in|Bootup is not yet finished|^Failed to connect to (?:system )?(?:scope )?bus/m,
  },
  {
    raw: to('systemd/analyze-critical-chain.txt'),
    says: new RegExp(`\\.${SUFFIX} [@+]\\d|unit (?:is|became) active or started is printed after`),
  },
  {
    raw: to('systemd/analyze-blame.txt'),
    says: new RegExp(`^[\\s>#*|]{0,80}${DURATION}(?: ${DURATION}){0,8} {1,4}\\S{1,255}\\.${SUFFIX}\\b`, 'm'),
  },
  {
    raw: to('systemd/manager.show'),
    says: /^(?:Firmware|Loader|Kernel|InitRD|Userspace|Finish)Timestamp(?:Monotonic)?=/m,
  },
  {
    raw: to('systemd/units.show'),
    says: /^(?:Id=\S+\.\w+|(?:InactiveExit|ActiveEnter|ExecMainStart)Timestamp(?:Monotonic)?=)/m,
  },
];

/** Names that people give, where the content is no help (an error message, a list that is empty). */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/systemd.*time|analyze-time/i, 'systemd/analyze-time.txt'],
  [/systemd.*blame/i, 'systemd/analyze-blame.txt'],
  [/critical|systemd.*chain/i, 'systemd/analyze-critical-chain.txt'],
];

function bySaying(text: string, name: string): string[] {
  const alone = ALONE.find(({ says, not }) => says.test(text) && !not?.test(text));
  if (alone) return [alone.raw(name)];
  const together = TOGETHER.filter(({ says, not }) => says.test(text) && !not?.test(text));
  if (together.length > 0) return together.map(({ raw }) => raw(name));
  const hint = HINTS.find(([pattern]) => pattern.test(name));
  return hint ? [hint[1]] : [];
}
