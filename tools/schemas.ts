/** Writes the JSON Schema of every file that other programs read, and of the scenario, into the given folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { schemaFiles } from '../src/stages/schemas.ts';

const folder = process.argv[2] ?? 'dist/schemas';
await mkdir(folder, { recursive: true });
for (const [name, text] of schemaFiles()) await writeFile(path.join(folder, name), text);
