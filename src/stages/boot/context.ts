/** The context of a run on machines: from the environment, and from each provider of the run. */
import { probe } from '../../guest/probe.ts';
import { shellOpener } from '../../guest/shell.ts';
import type { RunContext, Timer } from '../../model/provider.ts';
import type { Run } from '../../model/run.ts';
import { ms } from '../../model/units.ts';
import type { RunFolder } from '../../store/run-folder.ts';
import { claimsIn } from './claims.ts';
import type { RunWatcher } from './watcher.ts';

/** Longest time for reading one machine; emulated ones are slow. */
export const COLLECT_WITHIN = ms(120_000);
/** This limit starts when the boot is over: SSH is up or will not come. */
export const REACH_WITHIN = ms(60_000);

/** What an experiment gets from the environment. */
export interface RunWorld {
  readonly provider: Omit<RunContext, 'runId' | 'seed' | 'signal'>;
  readonly timer: Timer;
  readonly now: () => string;
  readonly watcher: RunWatcher;
}

/** What a provider gets from a run. */
export const contextOf = async (
  { id, seed }: Pick<Run, 'id' | 'seed'>,
  folder: RunFolder,
  { provider, timer, now }: RunWorld,
  signal: AbortSignal,
): Promise<RunContext> => ({
  ...provider,
  ...{ runId: id, seed, signal, nowIso: now(), claims: await claimsIn(folder, now) },
  ...{ probe: probeOf(timer), connect: shellOpener(timer) },
});

/** The port probe in the form that providers take. */
const probeOf =
  (timer: Timer): NonNullable<RunContext['probe']> =>
  (host, port, limits, signal) =>
    probe(host, port, { ...limits, timer, evidence: { file: 'outcome.json', line: 0 } }, signal);
