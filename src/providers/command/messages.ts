/**
 * The messages between bench and the three programs of a scenario: one JSON document on standard input, one on standard output.
 * Published as JSON Schemas. A new version is a new literal; programs for an old version continue to work.
 *
 *   create   <- command-create@1     -> command-machine@1      makes one machine; may return before it has booted
 *   destroy  <- command-destroy@1    -> (bench reads nothing)  by name; a repeated call, or a machine that is gone, is no error
 *   list     <- command-list@1       -> command-machines@1     all machines of bench, until they are really gone
 */
import * as z from 'zod';

/** A value of a scenario. It comes from YAML, so JSON can express it. */
const Json = z.unknown();

/** `create` must put these on the machine as tags, labels or a description, so that `list` can recognise it. */
const Labels = z.strictObject({
  run: z.string().describe('Id of the run that requests it.'),
  scenario: z.string(),
  deleteAfter: z.string().describe('UTC, ISO 8601: no run can still use it after this time.'),
});

export const CreateRequest = z.strictObject({
  schema: z.literal('bench/command-create@1'),
  name: z
    .string()
    .describe(
      'Name of the machine: lower-case letters, digits and dashes, at most 63. Unique among existing machines.',
    ),
  ...Labels.shape,
  boot: z.string(),
  variant: z.string(),
  image: Json.describe('The image of the variant, as in the scenario.'),
  user: z.string().describe('Login that must accept the SSH key.'),
  sshPublicKey: z.string().describe('A line of authorized_keys.'),
  options: z.record(z.string(), Json).describe('provider.options, as in the scenario.'),
});

export const CreateAnswer = z.object({
  schema: z.literal('bench/command-machine@1'),
  host: z.string().min(1).describe('Name or address for SSH.'),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().min(1).optional().describe('Only if it differs from the requested login.'),
  id: z.string().min(1).optional().describe("The cloud's id of the machine; passed to destroy."),
  hostKey: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'SHA256:..., as ssh-keygen -l prints it')
    .optional()
    .describe('Fingerprint of its SSH host key, if known; otherwise bench trusts the first one it sees.'),
  facts: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Facts that may explain an outlier: size, zone, host.'),
});
export type CreateAnswer = z.output<typeof CreateAnswer>;

export const DestroyRequest = z.strictObject({
  schema: z.literal('bench/command-destroy@1'),
  name: z.string(),
  id: z.string().optional().describe('From create or list; absent if neither returned one.'),
  run: z.string(),
  options: z.record(z.string(), Json),
});

export const ListRequest = z.strictObject({
  schema: z.literal('bench/command-list@1'),
  run: z.string().optional().describe('List only the machines of this run; if absent, those of all runs.'),
  options: z.record(z.string(), Json),
});

export const ListedMachine = z.object({
  name: z.string(),
  id: z.string().min(1).optional(),
  run: z.string(),
  scenario: z.string().default(''),
  deleteAfter: z.string().default(''),
});
export type ListedMachine = z.output<typeof ListedMachine>;

export const ListAnswer = z.object({
  schema: z.literal('bench/command-machines@1'),
  machines: z.array(ListedMachine),
});

/** By the names of their files. */
export const MESSAGES: Readonly<Record<string, z.ZodType>> = {
  'command-create.schema.json': CreateRequest,
  'command-machine.schema.json': CreateAnswer,
  'command-destroy.schema.json': DestroyRequest,
  'command-list.schema.json': ListRequest,
  'command-machines.schema.json': ListAnswer,
};
