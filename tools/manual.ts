/** Writes the manual page into the given file: `node <bundle> dist/man/bench.1 <version> <date>`. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { COMMANDS } from '../src/cli/commands.ts';
import { EXIT_CODES } from '../src/cli/exit.ts';
import { manual } from '../src/cli/manual.ts';
import { DESCRIPTION } from '../src/cli/program.ts';

const [file = 'dist/man/bench.1', version = '', date = ''] = process.argv.slice(2);
await mkdir(path.dirname(file), { recursive: true });
await writeFile(file, manual(COMMANDS, { version, date, description: DESCRIPTION, exitCodes: EXIT_CODES }));
