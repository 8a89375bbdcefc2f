/**
 * The result that provisioning leaves behind: provision.json, the Message of the `cse_start` event, and the extension's status
 * message, which carries the same JSON between `[stdout]` and `[stderr]`. All values are strings. Times have a resolution of
 * one second and two formats within one object. The script does not write provision.json atomically.
 */
import { isObject } from '../../model/json.ts';
import { excerpt } from '../../model/printable.ts';
import type { Evidence, Warning } from '../../model/timeline.ts';
import { us } from '../../model/units.ts';
import { evidenceOf, type JsonObjectText, jsonObjects } from '../reading/json-text.ts';
import { isMidnight, readStamp, type StampText } from '../reading/stamp-text.ts';
import { lineCounter } from '../reading/text.ts';

/** Start times that the result states, by what started. */
const RESULT_TIMES = {
  KernelStartTime: 'kernel',
  CloudInitLocalStartTime: 'cloud-init-local',
  CloudInitStartTime: 'cloud-init',
  CloudFinalStartTime: 'cloud-final',
  NetworkdStartTime: 'networkd',
  GuestAgentStartTime: 'guest-agent',
  CSEStartTime: 'cse',
  KubeletStartTime: 'kubelet',
  KubeletReadyTime: 'kubelet-ready',
} as const;
type ResultTime = (typeof RESULT_TIMES)[keyof typeof RESULT_TIMES];

export interface ProvisionResult {
  readonly exitCode: number | undefined;
  readonly error: string;
  /** Whole seconds. */
  readonly executionS: number | undefined;
  readonly times: ReadonlyMap<ResultTime, { readonly stamp: StampText; readonly evidence: Evidence }>;
  /** Output of `systemd-analyze` when provisioning ended. */
  readonly systemdSummary: { readonly text: string; readonly evidence: Evidence } | undefined;
  /** How the node launched the scripts: `none`, `cse_cmd`, `nbc_cse_cmd`. */
  readonly launchMode: string | undefined;
  readonly evidence: Evidence;
  readonly warnings: readonly Warning[];
}

/** The first provisioning result among the text's objects. */
export function readProvisionResult(text: string, file: string): ProvisionResult | { readonly damaged: Warning } {
  let objects = 0;
  for (const object of jsonObjects(text)) {
    objects += 1;
    if (object.value !== undefined && 'ExitCode' in object.value) return result(object, object.value, file);
    const { cutOff } = object;
    if (cutOff?.value && 'ExitCode' in cutOff.value) {
      const read = result(object, cutOff.value, file);
      return { ...read, warnings: [cutOffWarning(file, cutOff.line), ...read.warnings] };
    }
    const message = object.value && textWith(object.value, '"ExitCode"', DEEPEST);
    const line = object.line + lineCounter(object.text)(Math.max(object.text.indexOf('ExitCode'), 0)) - 1;
    const quoted = message === undefined ? undefined : readResultMessage(message, { file, line });
    if (quoted !== undefined) return quoted;
  }
  const rescued = rescuedResult(text, file);
  if (rescued !== undefined) return rescued;
  const what = objects === 0 ? 'holds no JSON object' : 'has no complete result (collected while being written?)';
  return { damaged: { code: 'provision-result-damaged', message: `${file} ${what}`, evidence: { file, line: 1 } } };
}

const RESCUED_KEYS = ['ExitCode', 'ExecDuration', 'SystemdSummary', ...Object.keys(RESULT_TIMES)];
/** The script's runner states the exit status outside of the script's own output. */
const EXIT_STATUS = /\bexit status[= ](\d{1,3})\b/;
/** A message is at most some tens of kilobytes. */
const LONGEST_RESCUE = 1_000_000;

/**
 * Reads a message that is no longer valid JSON (broken into lines by hand, cut, escaped again, mixed with other output). Finds
 * each key and value separately, or else the exit status outside of the JSON.
 */
function rescuedResult(text: string, file: string): ProvisionResult | undefined {
  const bare = text.slice(0, LONGEST_RESCUE);
  const keys = new Map<string, number>();
  const value: Record<string, string> = {};
  for (const key of RESCUED_KEYS) {
    const found = new RegExp(`\\\\*"${key}\\\\*"\\s{0,20}:\\s{0,20}\\\\*"((?:[^"\\\\]|\\\\+n){0,1000})\\\\*"`).exec(
      bare,
    );
    if (found?.[1] === undefined) continue;
    keys.set(key, found.index);
    value[key] = found[1].replace(/\\+n/g, '\n').replace(/\s{2,}/g, key === 'SystemdSummary' ? '\n' : ' ');
  }
  const status = EXIT_STATUS.exec(bare);
  if (value.ExitCode === undefined && status?.[1] !== undefined) {
    value.ExitCode = status[1];
    keys.set('ExitCode', status.index);
  }
  if (value.ExitCode === undefined) return undefined;
  const read = result({ text: bare, line: 1, value: undefined, keys }, value, file);
  const evidence = read.evidence;
  const message = `${file}:${evidence.line}: the result is not valid JSON; bench uses the readable part`;
  return { ...read, warnings: [{ code: 'provision-result-damaged', message, evidence }, ...read.warnings] };
}

/** The script had ended and wrote each value before the cut in full, so these values equal those of the whole file. */
function cutOffWarning(file: string, line: number): Warning {
  const message = `${file}:${line}: the result ends here (collected while being written?); bench uses the values before this point`;
  return { code: 'provision-result-damaged', message, evidence: { file, line } };
}

/** An instance view has the message under extensions[].statuses[].message, and may itself be an element of a list. */
const DEEPEST = 8;

function textWith(value: unknown, part: string, depth: number): string | undefined {
  if (typeof value === 'string') return value.includes(part) ? value : undefined;
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  for (const each of Object.values(value)) {
    const found = textWith(each, part, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The result inside the Message of a `cse_start` event; its stamps went through `date -d`, which turns an empty text into midnight. */
export function readResultMessage(message: string, evidence: Evidence): ProvisionResult | undefined {
  for (const object of jsonObjects(message)) {
    if (object.value === undefined || !('ExitCode' in object.value)) return undefined;
    const read = result(object, object.value, evidence.file);
    return {
      ...read,
      evidence,
      times: new Map([...read.times].map(([time, { stamp }]) => [time, { stamp, evidence }])),
      warnings: read.warnings.map((warning) => ({ ...warning, evidence })),
    };
  }
  return undefined;
}

function result(object: JsonObjectText, value: Readonly<Record<string, unknown>>, file: string): ProvisionResult {
  const datapoints = isObject(value.BootDatapoints) ? value.BootDatapoints : {};
  const times = new Map<ResultTime, { stamp: StampText; evidence: Evidence }>();
  const warnings: Warning[] = [];
  const midnights: { key: string; evidence: Evidence }[] = [];
  for (const [key, time] of Object.entries(RESULT_TIMES)) {
    const text = value[key] ?? datapoints[key];
    const evidence =
      (value[key] ?? undefined) === undefined ? deepEvidence(object, key, file) : evidenceOf(object, key, file);
    const reading = readTime(key, text);
    if (reading.kind === 'stamp') times.set(time, { stamp: reading.stamp, evidence });
    else if (reading.kind === 'midnight') midnights.push({ key, evidence });
    else if (reading.kind === 'refused') {
      warnings.push({ code: 'result-stamp', message: `${file}:${evidence.line}: ${reading.reason}`, evidence });
    }
  }
  warnings.push(...midnightWarning(midnights));
  return {
    exitCode: wholeNumber(value.ExitCode),
    error: typeof value.Error === 'string' ? value.Error : '',
    executionS: wholeNumber(value.ExecDuration ?? value.E2E),
    times,
    systemdSummary:
      typeof value.SystemdSummary === 'string'
        ? { text: value.SystemdSummary, evidence: evidenceOf(object, 'SystemdSummary', file) }
        : undefined,
    launchMode: typeof value.ScriptlessMode === 'string' ? excerpt(value.ScriptlessMode) : undefined,
    evidence: evidenceOf(object, 'ExitCode', file),
    warnings,
  };
}

function midnightWarning(midnights: readonly { key: string; evidence: Evidence }[]): Warning[] {
  const [first] = midnights;
  if (first === undefined) return [];
  const { evidence } = first;
  const keys = midnights.map(({ key }) => key).join(', ');
  const message = `${evidence.file}:${evidence.line}: exactly midnight means that the time is missing; ignored: ${keys}`;
  return [{ code: 'midnight-stamp', message, evidence }];
}

/** The evidence of a key inside BootDatapoints, which comes last in the object. */
function deepEvidence(object: JsonObjectText, key: string, file: string): Evidence {
  const at = Math.max(object.text.lastIndexOf(`"${key}"`), 0);
  return { file, line: object.line + lineCounter(object.text)(at) - 1 };
}

type TimeReading =
  | { readonly kind: 'stamp'; readonly stamp: StampText }
  | { readonly kind: 'absent' }
  | { readonly kind: 'midnight' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Empty and `n/a` mean that the unit never ran. The times have a resolution of one second, whatever digits the text shows. */
function readTime(key: string, text: unknown): TimeReading {
  if (typeof text !== 'string' || text.trim() === '' || text.trim() === 'n/a') return { kind: 'absent' };
  const stamp = readStamp(text);
  if (stamp === undefined) {
    return { kind: 'refused', reason: `${key} "${excerpt(text)}" is not a date and time` };
  }
  // systemctl prints its own stamps; the other formats come from date(1), which prints midnight for an empty text.
  if (stamp.dialect !== 'systemctl' && isMidnight(stamp.us)) {
    return { kind: 'midnight' };
  }
  return { kind: 'stamp', stamp: { ...stamp, errorUs: us(1_000_000) } };
}

function wholeNumber(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^-?\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}
