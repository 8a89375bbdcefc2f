/** The command provider's part of a scenario: three programs make its machines. */
import * as z from 'zod';
import { checkVariants, scenarioKeys } from '../../model/scenario.ts';
import { duration } from '../../model/scenario-values.ts';
import { Program } from '../any/program.ts';

const CommandOptions = z.strictObject({
  kind: z.literal('command'),
  create: Program.describe('Creates one machine: JSON on standard input and output (command-create.schema.json).'),
  destroy: Program.describe('Destroys one machine (command-destroy.schema.json).'),
  list: Program.describe('Lists existing machines (command-list.schema.json).'),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Passed to all three programs unchanged: zone, size, network.'),
  user: z.string().min(1).default('root').describe('Login of the collecting SSH connection; needs sudo if not root.'),
  createWithin: duration.prefault('10m').describe('Time limit for create.'),
  destroyWithin: duration.prefault('10m').describe('Time limit until list no longer shows a destroyed machine.'),
  listWithin: duration.prefault('1m').describe('Time limit for list.'),
  deleteAfter: duration.prefault('12h').describe('bench gc may delete what an interrupted run left after this time.'),
});
export type CommandOptions = z.output<typeof CommandOptions>;

const image = z
  .union([z.string().min(1), z.record(z.string(), z.unknown())])
  .describe('Passed to create unchanged: the name of an image, or anything create understands.');

export const CommandScenario = z.strictObject(scenarioKeys(CommandOptions, image)).superRefine(checkVariants);
export type CommandScenario = z.output<typeof CommandScenario>;
