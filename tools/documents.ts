/** Writes the pages of docs/ that come from the code's own tables: `npm run docs`. A test fails when they are out of date. */
import { readFile, writeFile } from 'node:fs/promises';
import { commandBlocks } from './command-blocks.ts';
import { reference } from './reference.ts';
import { withTerms } from './terms.ts';
import { troubleshooting } from './troubleshooting.ts';

await writeFile('docs/reference.md', reference());
await writeFile('docs/troubleshooting.md', troubleshooting());
await writeFile('test/docs/README.md', commandBlocks());
await writeFile('docs/verdict.md', withTerms(await readFile('docs/verdict.md', 'utf8')));
