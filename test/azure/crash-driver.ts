/**
 * A process that a test kills: it boots two blocks into a run folder. Right after the given number of lines of the journal, it sends
 * itself SIGKILL. With 0 it runs to the end. Arguments: run id, run folder, scratch folder, lines, and the provider's part of the
 * scenario in JSON.
 */
import { mkdirSync } from 'node:fs';
import { ms } from '../../src/model/units.ts';
import { azure } from '../../src/providers/azure/kind.ts';
import { claimsIn } from '../../src/stages/boot/claims.ts';
import { runFolder } from '../../src/store/run-folder.ts';
import { bootToTheEnd } from '../support/crash-run.ts';
import { mortal } from '../support/mortal-journal.ts';
import { azureScenario, blockRequests, fastTimer } from './laboratory.ts';

const [runId = '', folderName = '', scratchFolder = '', lines = '0', provider = '{}'] = process.argv.slice(2);
const timer = fastTimer(200);
mkdirSync(scratchFolder, { recursive: true });
const folder = runFolder(folderName);

const signal = new AbortController().signal;
const now = () => '2026-01-01T00:00:00Z';
const journal = mortal(await folder.openJournal(now), Number(lines));
const { made } = await claimsIn(folder, now);
const context = {
  runId,
  seed: 1,
  cacheFolder: scratchFolder,
  scratchFolder,
  scenarioFolder: scratchFolder,
  environment: process.env,
  timer,
  progress: (line: string) => console.log(line),
  signal,
  claims: { made, add: (note: string) => journal.append({ state: 'group-claimed', note }) },
};
const fleet = await azure.open(azureScenario(JSON.parse(provider) as object), context);
const blocks = [1, 2].map((block) => ({ block, seed: block, boots: blockRequests(block).map(({ boot }) => boot) }));
const plan = { blocks, concurrency: 4, collectWithinMs: ms(1000), reachWithinMs: ms(1000) };
await bootToTheEnd(plan, { folder, journal, fleet, timer }, signal);
