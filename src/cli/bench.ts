/** Entry: argv -> one command -> exit code. The only reader of `process`. */
import { main } from './main.ts';
import { watchOutputs } from './outputs.ts';

watchOutputs(process);
process.exitCode = await main(process.argv.slice(2), process);
