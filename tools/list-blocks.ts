/** Lists every command block of the documents with the test that runs it: `node tools/run.js tools/list-blocks.ts`. */
import { allBlocks } from '../test/docs/blocks.ts';

const RUNNERS: Readonly<Record<string, string>> = {
  '': 'test/docs/commands.real.test.ts',
  boots: 'test/docs/boots.long.test.ts',
  azure: 'test/docs/azure.real.test.ts',
};
for (const { file, line, runs, commands } of allBlocks())
  for (const { text } of commands)
    console.log(`${file}:${line}\t${RUNNERS[runs] ?? runs.replace('see=', '')}\t${text.replaceAll('\\\n', '')}`);
