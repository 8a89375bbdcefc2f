/**
 * Printed phases as events on the guest's monotonic clock, whose zero is the kernel's start. Earlier phases count backwards from
 * it, later phases add up; each has the error of a printed millisecond.
 */
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { type Parsing, warn } from '../parsed.ts';
import { isWrapped, PLAUSIBLE_US } from '../reading/duration-text.ts';
import type { Phase, TimeText } from './time.ts';

type Finished = Extract<TimeText, { kind: 'finished' }>;

export function addSummary(parsing: Parsing, time: Finished): void {
  addPhases(parsing, time.phases);
  addTarget(parsing, time.target);
  checkSum(parsing, time);
}

/** Firmware that claims more than this counts from something else: a warm reboot does not reset its counter. */
const PLAUSIBLE_FIRMWARE_US = 10 * 60e6;

export const isImplausible = ({ name, us: lengthUs }: Phase): boolean =>
  lengthUs > (name === 'firmware' || name === 'loader' ? PLAUSIBLE_FIRMWARE_US : PLAUSIBLE_US);

/** The kernel's start is the zero of the monotonic clock. Without a kernel phase (a container) there is no zero to count from. */
function addPhases(parsing: Parsing, phases: readonly Phase[]): void {
  for (const phase of phases.filter(isImplausible)) {
    const seconds = (phase.us / 1e6).toFixed(3);
    const message = `the ${phase.name} phase took ${seconds} s according to this line, which is not plausible`;
    warn(parsing, `missing:${phase.name}.start`, message, phase.evidence);
  }
  const kernel = phases.findIndex(({ name }) => name === 'kernel');
  const zero = phases[kernel];
  if (zero === undefined) return;
  const add = (id: string, atUs: Us, errorUs: Us, evidence: Evidence) =>
    parsing.events.push({ id, clock: 'monotonic', us: atUs, errorUs, evidence });
  add('kernel.start', us(0), us(0), zero.evidence);
  let [backUs, backErrorUs] = [0, 0];
  for (const phase of phases.slice(0, kernel).reverse()) {
    if (isImplausible(phase)) break;
    backUs -= phase.us;
    backErrorUs += phase.errorUs;
    add(`${phase.name}.start`, us(backUs), us(backErrorUs), phase.evidence);
  }
  let [atUs, errorUs] = [0, 0];
  for (const phase of phases.slice(kernel)) {
    if (isImplausible(phase)) break;
    if (phase.name !== 'kernel') add(`${phase.name}.start`, us(atUs), us(errorUs), phase.evidence);
    atUs += phase.us;
    errorUs += phase.errorUs;
    if (phase.name === 'kernel') add('kernel.end', us(atUs), us(errorUs), phase.evidence);
    if (phase.name === 'initrd' && phase === phases.at(-1))
      add('userspace.start', us(atUs), us(errorUs), phase.evidence);
    if (phase.name === 'userspace') add('startup.finish', us(atUs), us(errorUs), phase.evidence);
  }
}

function addTarget(parsing: Parsing, target: Finished['target']): void {
  if (target === undefined) return;
  parsing.facts['systemd.target'] = target.name;
  const userspace = parsing.events.find(({ id }) => id === 'userspace.start');
  if (target.reached === undefined) {
    const what = target.impossible ? 'was reached at a time that is not plausible' : 'was never reached';
    warn(parsing, 'missing:target.reached', `${target.name} ${what}`, target.evidence);
  } else if (userspace) {
    const { reached, evidence } = target;
    const atUs = us(userspace.us + reached.us);
    const errorUs = us(userspace.errorUs + reached.errorUs);
    parsing.events.push({ id: 'target.reached', clock: 'monotonic', us: atUs, errorUs, evidence });
  }
}

/** systemd truncates each phase and the total to milliseconds: the total may exceed the sum by 1 ms per phase, never fall below it. */
function checkSum(parsing: Parsing, time: Finished): void {
  if (time.total === undefined || time.phases.length === 0 || time.phases.some(({ us }) => isWrapped(us))) return;
  const apartUs = time.total.us - time.phases.reduce((sum, phase) => sum + phase.us, 0);
  const slackUs = time.phases.reduce((sum, phase) => sum + phase.errorUs, 0);
  if (apartUs > -1 && apartUs <= slackUs) return;
  const message = `The phases add up to ${(apartUs / 1e6).toFixed(3)} s less than the printed total.`;
  warn(parsing, 'phases-do-not-add-up', message, time.total.evidence);
}
