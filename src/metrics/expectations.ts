/**
 * Checks a scenario's expectations against one boot. A claim that bench cannot judge neither holds nor fails: it states the reason
 * and does not count as a pass.
 */
import picomatch from 'picomatch';
import type { ExpectationResult, FileState, MachineFacts, UnitState } from '../model/boot.ts';
import type { Expectation } from '../model/expectation.ts';
import { edgeIdOf, metricIdOf } from '../model/ids.ts';
import type { Evidence, Stamp } from '../model/timeline.ts';
import { stampOf, type Timeline } from './measure.ts';

/** The parts of a boot that expectations need. */
export interface Observed {
  readonly timeline: Timeline;
  readonly units: readonly UnitState[];
  readonly files: readonly FileState[];
  readonly facts: MachineFacts;
}

export const judgeAll = (expectations: readonly Expectation[], boot: Observed): ExpectationResult[] =>
  expectations.flatMap((expectation) => judge(expectation, boot));

/** One expectation may make several claims about its subject; bench judges each separately. */
function judge(e: Expectation, boot: Observed): ExpectationResult[] {
  if (e.unit !== undefined) return judgeUnit(e.unit, e, boot);
  if (e.failedUnits !== undefined) return [judgeFailedUnits(e.failedUnits, boot)];
  if (e.task !== undefined) return judgeTask(e.task, e, boot);
  if (e.exitCode !== undefined) return [judgeExitCode(e.exitCode, boot)];
  if (e.marker !== undefined) return [judgeMarker(e.marker, boot)];
  if (e.file !== undefined) return judgeFile(e.file, e, boot);
  return [];
}

const result = (claim: string, held: boolean | null, message: string, evidence?: Evidence): ExpectationResult => ({
  claim,
  held,
  message,
  ...(evidence && { evidence }),
});

function judgeUnit(name: string, e: Expectation, { units }: Observed): ExpectationResult[] {
  const unit = units.find((each) => each.unit === name);
  const claims: [string, (unit: UnitState) => readonly [boolean | null, string, evidence?: Evidence | undefined]][] =
    [];
  const wanted = e.is;
  if (wanted !== undefined)
    claims.push([
      `${name} is ${wanted}`,
      (u) => [u.active === wanted, `${name} is ${u.active} (${u.sub}), result ${u.result}`],
    ]);
  const image = e.inImage;
  if (image !== undefined)
    claims.push([
      `${name} is ${image} in the image`,
      (u) =>
        u.enabledInImage === undefined
          ? [null, `the state of ${name} in the image is unknown; now it is ${u.enabled || 'in an unknown state'}`]
          : [u.enabledInImage === image, `${name} was ${u.enabledInImage} in the image`],
    ]);
  const most = e.restarts;
  if (most !== undefined)
    claims.push([
      `${name} restarted at most ${most} times`,
      (u) => [u.restarts <= most, `${name} restarted ${u.restarts} times`, u.restartsEvidence],
    ]);
  // An expectation with only a unit's name means that the unit exists.
  if (claims.length === 0) claims.push([`${name} exists`, (u) => [u.load === 'loaded', `${name} is ${u.load}`]]);
  return claims.map(([claim, hold]) => {
    if (unit === undefined) return result(claim, null, `${name} is not in raw/systemd/units.show`);
    const [held, message, evidence = unit.evidence] = hold(unit);
    return result(claim, held, message, evidence);
  });
}

/** Matches names as systemd prints them: a backslash is part of a name (`run-cloud\\x2dinit-tmp-x.mount`), and escapes nothing. */
const fits = (globs: readonly string[]): ((unit: string) => boolean) =>
  picomatch(
    globs.map((glob) => glob.replaceAll('\\', '\\\\')),
    { nobrace: true, noextglob: true, nonegate: true, dot: true, windows: false },
  );

function judgeFailedUnits(expected: NonNullable<Expectation['failedUnits']>, { units }: Observed): ExpectationResult {
  const { atMost, except } = typeof expected === 'number' ? { atMost: expected, except: [] } : expected;
  const most = atMost === 0 ? 'no unit failed' : `at most ${atMost} units failed`;
  const claim = except.length === 0 ? most : `${most}, except ${except.join(', ')}`;
  if (units.length === 0) return result(claim, null, 'no unit states were collected (raw/systemd/units.show)');
  const mayFail = except.length === 0 ? () => false : fits(except);
  const all = units.filter((unit) => unit.active === 'failed');
  const failed = all.filter(({ unit }) => !mayFail(unit));
  const named = (some: readonly UnitState[]) => some.map((unit) => `${unit.unit} (${unit.result})`).join(', ');
  const excepted = all.length > failed.length ? `; excepted: ${named(all.filter(({ unit }) => mayFail(unit)))}` : '';
  const message = failed.length === 0 ? 'no unit failed' : `${failed.length} failed: ${named(failed)}`;
  return result(claim, failed.length <= atMost, message + excepted, failed[0]?.evidence ?? units[0]?.evidence);
}

/** Scenarios may use the node's name of a step; spans have the short name. */
const shortName = (task: string): string => task.replace(/^AKS\.CSE\./, '').replace(/^AKS\.Runtime\./, 'runtime/');

function judgeTask(named: string, e: Expectation, { timeline }: Observed): ExpectationResult[] {
  const task = shortName(named);
  const orders: [string, string][] = [];
  if (e.startsAfter !== undefined) orders.push(['after', e.startsAfter]);
  if (e.startsBefore !== undefined) orders.push(['before', e.startsBefore]);
  const start = stampOf(edgeIdOf(metricIdOf('task', task), 'start'), timeline);
  if (orders.length === 0)
    return [
      result(
        `${task} ran`,
        start !== undefined,
        start === undefined ? `${task} left no event` : `${task} ran`,
        start?.evidence,
      ),
    ];
  return orders.map(([order, otherNamed]) => {
    const other = shortName(otherNamed);
    const claim = `${task} starts ${order} ${other}`;
    // "After" a step means after its end; "before" means before its start.
    const mark =
      stampOf(other, timeline) ??
      stampOf(edgeIdOf(metricIdOf('task', other), order === 'after' ? 'end' : 'start'), timeline);
    if (start === undefined) return result(claim, null, `${task} left no event`);
    if (mark === undefined) return result(claim, null, `${other} was not seen`, start.evidence);
    if (mark.clock !== start.clock)
      return result(claim, null, `${task} and ${other} are on unrelated clocks`, start.evidence);
    const aheadUs = order === 'after' ? start.us - mark.us : mark.us - start.us;
    const unsure = Math.abs(aheadUs) <= orderErrorUs(start, mark);
    const message = `${task} starts ${Math.abs(aheadUs / 1000).toFixed(3)} ms ${start.us >= mark.us ? 'after' : 'before'} ${other}`;
    return result(
      claim,
      unsure ? null : aheadUs > 0,
      unsure ? `${message}, which is within the error` : message,
      start.evidence,
    );
  });
}

/**
 * Errors add, except for two stamps with the same truncation: both are too early by less than one unit, so their distance is off
 * by no more. Steps of one script often follow each other within the sum.
 */
const orderErrorUs = (a: Stamp, b: Stamp): number => (a.errorUs === b.errorUs ? a.errorUs : a.errorUs + b.errorUs);

function judgeExitCode(code: number, { facts, timeline }: Observed): ExpectationResult {
  const claim = `provisioning exits with ${code}`;
  const seen = facts['cse.exit-code'];
  const evidence = stampOf('cse.end', timeline)?.evidence;
  if (typeof seen !== 'number') {
    // If the script ran without an exit code, something killed it, or it had not ended.
    const first = timeline.spans.find(({ kind }) => kind === 'task');
    if (first === undefined) return result(claim, null, 'provisioning left no exit code', evidence);
    return result(claim, false, 'provisioning ran and left no exit code', first.start.evidence);
  }
  return result(claim, seen === code, `provisioning exited with ${seen}`, evidence);
}

function judgeMarker(marker: string, { timeline }: Observed): ExpectationResult {
  const stamp = stampOf(metricIdOf('marker', marker), timeline);
  const missing = timeline.warnings.find(({ code }) => code === `missing:${metricIdOf('marker', marker)}`);
  const claim = `marker ${marker} is seen`;
  if (stamp !== undefined) return result(claim, true, `marker ${marker} is there`, stamp.evidence);
  return result(
    claim,
    missing === undefined ? null : false,
    missing?.message ?? 'no journal was collected',
    missing?.evidence,
  );
}

function judgeFile(path: string, e: Expectation, { files }: Observed): ExpectationResult[] {
  const file = files.find((each) => each.path === path);
  const claims: [string, (file: FileState) => boolean][] = [];
  const { mode, owner } = e;
  if (mode !== undefined) claims.push([`${path} has mode ${mode}`, (f) => f.mode === mode.padStart(4, '0')]);
  if (owner !== undefined)
    claims.push([
      `${path} belongs to ${owner}`,
      (f) => f.owner === owner || (!owner.includes(':') && f.owner?.split(':')[0] === owner),
    ]);
  if (claims.length === 0) claims.push([`${path} exists`, (f) => f.exists]);
  return claims.map(([claim, holds]) => {
    if (file === undefined) return result(claim, null, `${path} was not checked`);
    const message = file.exists ? `${path} is ${file.mode} ${file.owner}` : `${path} does not exist`;
    return result(claim, file.exists && holds(file), message, file.evidence);
  });
}
