/**
 * The log of the secure TLS bootstrap client: one JSON object per line, RFC 3339 stamps in UTC with any number of fraction
 * digits. Each line names the step that has just ended, so a step lasts from the line before it to its own.
 */
import type { Evidence } from '../../model/timeline.ts';
import type { Us } from '../../model/units.ts';
import { parseObject } from '../reading/json-text.ts';
import { spokenLines } from '../reading/lines.ts';
import { readStamp } from '../reading/stamp-text.ts';

export interface SecureLogLine {
  readonly us: Us;
  readonly errorUs: Us;
  readonly level: string;
  readonly message: string;
  readonly evidence: Evidence;
}

/** The client writes a dozen lines per attempt. */
const MOST_LINES = 10_000;
const LONGEST_LINE = 65_536;

export function readSecureLog(text: string, file: string): SecureLogLine[] {
  const read: SecureLogLine[] = [];
  for (const line of spokenLines(text)) {
    if (line.text.charCodeAt(0) !== 0x7b || line.text.length > LONGEST_LINE) continue;
    const value = parseObject(line.text);
    const { timestamp, msg, level } = value ?? {};
    const stamp = typeof timestamp === 'string' ? readStamp(timestamp) : undefined;
    if (stamp === undefined || !stamp.zoned || typeof msg !== 'string') continue;
    const evidence = { file, line: line.number };
    const said = typeof level === 'string' ? level : '';
    read.push({ us: stamp.us, errorUs: stamp.errorUs, level: said, message: msg.slice(0, 200), evidence });
    if (read.length === MOST_LINES) break;
  }
  return read;
}
