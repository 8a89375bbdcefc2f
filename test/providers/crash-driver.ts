/**
 * A process for kill tests: boots one block of a scenario, with any provider. It sends itself SIGKILL right after the given number
 * of journal lines. With 0 it runs to the end. Arguments: scenario (JSON), folder of the run and all else, lines.
 */
import path from 'node:path';
import { shellOpener } from '../../src/guest/shell.ts';
import { ms } from '../../src/model/units.ts';
import { kindNamed } from '../../src/providers/registry.ts';
import { planBlocks } from '../../src/stages/design/blocks.ts';
import { runFolder } from '../../src/store/run-folder.ts';
import { bootToTheEnd } from '../support/crash-run.ts';
import { mortal } from '../support/mortal-journal.ts';
import { realTimer as timer } from '../support/timer.ts';

const [text = '', home = '', lines = '0'] = process.argv.slice(2);
const document = JSON.parse(text) as { readonly provider: { readonly kind: string } };
const kind = kindNamed(document.provider.kind);
if (kind === undefined) throw new Error(`no provider ${document.provider.kind}`);
const scenario = kind.schema.parse(document);
const folder = runFolder(path.join(home, 'run'));
const signal = new AbortController().signal;

const place = { cacheFolder: home, scratchFolder: home, scenarioFolder: home, environment: process.env };
const fleet = await kind.open(scenario, {
  ...{ ...place, runId: 'crash', seed: 1, timer, signal, nowIso: '2026-01-01T00:00:00Z' },
  progress: (line: string) => console.log(line),
  connect: shellOpener(timer),
});
const journal = mortal(await folder.openJournal(() => '2026-01-01T00:00:00Z'), Number(lines));
const withinMs = ms(Number(process.env.BENCH_TEST_WITHIN_MS ?? 60_000));
const limits = { collectWithinMs: withinMs, reachWithinMs: withinMs, ready: { withinMs } };
const plan = { blocks: planBlocks(scenario, 1), concurrency: 1, blocksInTurn: true, ...limits };
await bootToTheEnd(plan, { folder, journal, fleet, timer }, signal);
