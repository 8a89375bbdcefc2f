/** The part of a scenario whose machines three programs of its own make. */
import * as z from 'zod';
import { checkVariants, duration, scenarioKeys } from '../../model/scenario.ts';
import { Program } from '../any/program.ts';

const CommandOptions = z.strictObject({
  kind: z.literal('command'),
  create: Program.describe('Makes one machine: JSON on standard input and output (command-create.schema.json).'),
  destroy: Program.describe('Ends one machine (command-destroy.schema.json).'),
  list: Program.describe('Lists the machines that are there (command-list.schema.json).'),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Handed to the three as they are: zone, size, network.'),
  user: z.string().min(1).default('root').describe('Login of the collecting SSH connection; needs sudo if not root.'),
  createWithin: duration.prefault('10m').describe('Longest that create may take.'),
  destroyWithin: duration.prefault('10m').describe('Longest until list shows a destroyed machine no more.'),
  listWithin: duration.prefault('1m').describe('Longest that list may take.'),
  deleteAfter: duration.prefault('12h').describe('What a killed run leaves is due for bench gc after this long.'),
});
export type CommandOptions = z.output<typeof CommandOptions>;

const image = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe('Handed to create as it is: the name of an image, or whatever create understands.');

export const CommandScenario = z.strictObject(scenarioKeys(CommandOptions, image)).superRefine(checkVariants);
export type CommandScenario = z.output<typeof CommandScenario>;
