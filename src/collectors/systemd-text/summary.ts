/** A summary of `systemd-analyze`, from any artifact, as events and printed durations. */
import type { Evidence, PrintedDuration } from '../../model/timeline.ts';
import { us } from '../../model/units.ts';
import type { Restart } from '../log-text/last-boot.ts';
import { NOT_OF_THIS_BOOT } from '../log-text/restart.ts';
import { type Parsing, warn } from '../parsed.ts';
import { isWrapped } from '../reading/duration-text.ts';
import { addSummary, isImplausible } from './phases.ts';
import type { Phase, TimeText } from './time.ts';

/** Gives all lines of a quotation the line that quotes it. */
export function movedTo(time: TimeText, evidence: Evidence): TimeText {
  if (time.kind !== 'finished') return { ...time, evidence };
  const { target, unnamed, total } = time;
  return {
    ...time,
    phases: time.phases.map((phase) => ({ ...phase, evidence })),
    unnamed: unnamed && { ...unnamed, evidence },
    total: total && { ...total, evidence },
    target: target && { ...target, reached: target.reached && { ...target.reached, evidence }, evidence },
  };
}

/** Drops the phases of an earlier boot, which some versions of `systemd-analyze` still print. */
export function ofThisBoot(time: TimeText, restart: Restart | undefined): TimeText {
  if (time.kind !== 'finished' || restart === undefined) return time;
  const others: readonly string[] = NOT_OF_THIS_BOOT[restart.kind];
  const phases = time.phases.filter(({ name }) => !others.includes(name));
  return phases.length === time.phases.length ? time : { ...time, phases, total: undefined };
}

/** Phases in the order in which they run; a phase that a newer systemd adds keeps its place and name. */
export function addTime(parsing: Parsing, time: TimeText, file: string): PrintedDuration[] {
  if (time.kind === 'unreadable') {
    warn(parsing, 'analyze-time', `${file}: ${time.reason}; bench skips it.`, time.evidence);
    return [];
  }
  if (time.kind === 'not-finished') {
    for (const id of ['startup.finish', 'target.reached']) {
      warn(parsing, `missing:${id}`, 'start-up was not finished when systemd-analyze ran', time.evidence);
    }
    return [];
  }
  addSummary(parsing, time);
  if (time.summaries > 1) {
    const message = `${file} contains ${time.summaries} summaries; bench uses the first one with phases.`;
    warn(parsing, 'analyze-time-repeated', message, (time.phases[0] ?? time.unnamed)?.evidence);
  }
  const possible = time.phases.filter((phase) => !isWrapped(phase.us));
  const named = possible.map((phase) => ({
    ...printedPhase(phase.name, phase),
    ...(isImplausible(phase) ? {} : metricOfPhase(phase.name)),
  }));
  const unnamed = time.unnamed ? [printedPhase('start-up', time.unnamed)] : [];
  const total = time.total ? [printedPhase('total', time.total)] : [];
  return [...named, ...unnamed, ...total];
}

const METRICS = new Set(['firmware', 'loader', 'kernel', 'initrd', 'userspace']);
const metricOfPhase = (phase: string) => (METRICS.has(phase) ? { metric: `boot.${phase}` } : {});

export const printedPhase = (name: string, { us: lengthUs, errorUs, evidence }: Omit<Phase, 'name'>) => ({
  tool: 'systemd-analyze time',
  name,
  us: us(lengthUs),
  errorUs: us(errorUs),
  evidence,
});
