/**
 * A trial's interventions in a boot, from the stamps of its scripts (`guest/trial`): `<number> <action> begin|end <uptime>`. Each
 * pair becomes a span, so that calculations use the delivered dose. A boot without a trial has no such file.
 */
import type { Collector } from '../model/collector.ts';
import type { Span, Stamp } from '../model/timeline.ts';
import { us } from '../model/units.ts';
import { nothingYet, warn } from './parsed.ts';
import { lineOf, linesOf } from './reading/lines.ts';

const PATH = 'trial/stamps.txt';
const LINE = /^(\d{1,4}) ([a-z]{1,10}) (begin|end) (\d{1,9}\.\d{1,3})$/;
/** /proc/uptime counts hundredths of a second. */
const ERROR_US = us(10_000);

export const trial: Collector = {
  id: 'trial',
  artifacts: [{ path: PATH, command: 'cat /run/bench-trial/stamps', maxBytes: 256 * 1024 }],
  parse: (raw) => {
    const found = nothingYet();
    const open = new Map<string, Span>();
    for (const { text, number: line } of linesOf(raw.get(PATH))) {
      if (text === '') continue;
      const [, index = '', action = '', edge, uptime] = LINE.exec(text) ?? [];
      if (edge === undefined) {
        warn(found, 'trial-stamp', `not a record of a delay: ${text.slice(0, 80)}`, lineOf(PATH, line));
        continue;
      }
      const stamp: Stamp = {
        clock: 'monotonic',
        us: us(Math.round(Number(uptime) * 1_000_000)),
        errorUs: ERROR_US,
        evidence: lineOf(PATH, line),
      };
      const begun = open.get(index);
      if (edge === 'begin' || begun === undefined) {
        const span: Span = { kind: 'trial', name: index, start: stamp, note: action };
        open.set(index, span);
        found.spans.push(span);
      } else {
        found.spans[found.spans.indexOf(begun)] = { ...begun, end: stamp };
        open.delete(index);
      }
    }
    return found;
  },
};
