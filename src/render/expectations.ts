/** How the boots that came up stand to what the scenario expects of them, in words; a claim that could not be judged is no pass. */
import { plain } from './escape.ts';
import { count } from './format.ts';
import type { ReportInput } from './input.ts';

/** A claim that could not be judged in some boots, and what the first of them says. */
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

/** For a run without failed and broken boots: `All 24 boots came up and every expectation held (264 judged).` */
export function allCameUp(input: ReportInput): string {
  const boots = input.comparison.counts.reduce((sum, side) => sum + side.boots, 0);
  if (boots === 0) return 'There is not one boot.';
  const { held, open } = judged(input);
  const cameUp = boots === 1 ? 'The one boot came up' : `All ${count(boots, 'boot')} came up`;
  const unjudged = open.reduce((sum, claim) => sum + claim.boots, 0);
  if (unjudged > 0)
    return `${cameUp}. Of ${count(held + unjudged, 'expectation')} ${held} held and ${unjudged} could not be judged, which is no pass.`;
  if (held > 0) return `${cameUp} and every expectation held (${held.toLocaleString('en-US')} judged).`;
  return input.records?.length
    ? `${cameUp}; the scenario expects nothing else of them.`
    : `${cameUp}, and none is marked as broken.`;
}

/** `kubelet.service is active: not judged in 3 boots (nothing is known of it)` */
export const openClaimText = ({ claim, boots, message }: OpenClaim): string =>
  plain(`${claim}: not judged in ${count(boots, 'boot')} (${message})`, 300);
