/** The tags of everything that a run makes: which run made it, and from when on any user may delete it. */
import type { RunContext } from '../../../model/provider.ts';
import { mostBlocks } from '../../../model/scenario.ts';
import { msFromUs } from '../../../model/units.ts';
import { DEFAULT_BLOCKS } from '../kind.ts';
import { nonceOf, TAG, type Tags } from '../names.ts';
import type { Place } from '../place.ts';
import type { AzureScenario } from '../scenario.ts';

/** A run in progress is never due: if its longest possible duration exceeds the scenario's time, that duration counts. */
export function runTags(scenario: AzureScenario, run: RunContext, { mark }: Place, nowIso: string): Tags {
  const waves = Math.ceil(mostBlocks(scenario) / (scenario.concurrency ?? DEFAULT_BLOCKS));
  const longestMs = waves * (msFromUs(scenario.ready.within) + 5 * 60_000) + 3_600_000;
  const lastMs = Date.parse(nowIso) + Math.max(scenario.provider.deleteAfterHours * 3_600_000, longestMs);
  return {
    ...scenario.provider.tags,
    [TAG.run]: run.runId,
    [TAG.process]: nonceOf(mark),
    [TAG.scenario]: scenario.name,
    [TAG.deleteAfter]: new Date(lastMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}
