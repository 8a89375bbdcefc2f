/** How the boots that came up met the scenario's expectations, in words; an unjudged claim is no pass. */
import { plain } from './escape.ts';
import { count } from './format.ts';
import type { ReportInput } from './input.ts';

/** A claim that stayed unjudged in some boots, and the message of the first of them. */
export interface OpenClaim {
  readonly claim: string;
  readonly boots: number;
  readonly message: string;
}

interface Judged {
  readonly held: number;
  readonly open: readonly OpenClaim[];
}

function judged(input: ReportInput): Judged {
  const open = new Map<string, OpenClaim>();
  let held = 0;
  for (const record of input.records ?? []) {
    if (record.outcome === 'failed') continue;
    for (const { claim, held: isHeld, message } of record.expectations) {
      if (isHeld) held += 1;
      if (isHeld !== null) continue;
      const known = open.get(claim);
      open.set(claim, { claim, boots: (known?.boots ?? 0) + 1, message: known?.message ?? message });
    }
  }
  return { held, open: [...open.values()].sort((a, b) => b.boots - a.boots || (a.claim < b.claim ? -1 : 1)) };
}

export const openClaims = (input: ReportInput): readonly OpenClaim[] => judged(input).open;

/** Counts of one expectation over a variant's boots that came up. */
export interface ExpectationTally {
  readonly claim: string;
  readonly held: number;
  readonly broken: number;
  readonly open: number;
  /** The message of the first boot that violated it. */
  readonly message: string | undefined;
}

/** In the order of the scenario. Without records, only the violated expectations. */
export function expectationTallies(input: ReportInput, variant: string): ExpectationTally[] {
  const tallies = new Map<string, ExpectationTally>();
  const add = (claim: string, held: boolean | null, message: string | undefined) => {
    const known = tallies.get(claim) ?? { claim, held: 0, broken: 0, open: 0, message: undefined };
    const key = held === null ? 'open' : held ? 'held' : 'broken';
    const told = known.message ?? (held === true ? undefined : message);
    tallies.set(claim, { ...known, [key]: known[key] + 1, message: told });
  };
  for (const { boot, outcome, expectations } of input.records ?? [])
    if (boot.variant === variant && outcome === 'booted')
      for (const { claim, held, message } of expectations) add(claim, held, message);
  if ((input.records ?? []).length === 0)
    for (const boot of input.samples.boots)
      if (boot.variant === variant) for (const claim of boot.broken) add(claim, false, undefined);
  return [...tallies.values()];
}

/** For a run without failed and broken boots: `All 24 boots came up and every expectation held (264 judged).` */
export function allCameUp(input: ReportInput): string {
  const boots = input.comparison.counts.reduce((sum, side) => sum + side.boots, 0);
  if (boots === 0) return 'There are no boots.';
  const { held, open } = judged(input);
  const cameUp = boots === 1 ? 'The only boot came up' : `All ${count(boots, 'boot')} came up`;
  const unjudged = open.reduce((sum, claim) => sum + claim.boots, 0);
  if (unjudged > 0)
    return `${cameUp}. Of ${count(held + unjudged, 'expectation')}, ${held} held and ${unjudged} could not be checked, which is not a pass.`;
  if (held > 0) return `${cameUp} and every expectation held (${held.toLocaleString('en-US')} checked).`;
  return input.records?.length
    ? `${cameUp}; the scenario has no other expectations.`
    : `${cameUp}, and none is broken.`;
}

/** `kubelet.service is active: not judged in 3 boots (nothing is known of it)` */
export const openClaimText = ({ claim, boots, message }: OpenClaim): string =>
  plain(`${claim}: not checked in ${count(boots, 'boot')} (${message})`, 300);
