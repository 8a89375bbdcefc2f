/** The part of a scenario whose machines are there already, and boot again and again. */
import * as z from 'zod';
import { checkVariants, duration, scenarioKeys } from '../../model/scenario.ts';
import { Program } from '../any/program.ts';
import { parseAddress } from './address.ts';

const Address = z
  .string()
  .refine(
    (text) => parseAddress(text) !== undefined,
    'a machine as ssh names it, e.g. root@node1, admin@[fd00::1]:2222',
  );

const HostOptions = z.strictObject({
  kind: z.literal('host'),
  hosts: z
    .array(Address)
    .min(1)
    .describe('user@machine:port; root and 22 where nothing is said. Each boots whole blocks.'),
  jump: Address.optional().describe('An SSH server on the way to all of them.'),
  keyFile: z
    .string()
    .optional()
    .describe('Private key; otherwise an SSH agent is asked (SSH_AUTH_SOCK), then ~/.ssh/id_*.'),
  knownHosts: z.string().default('~/.ssh/known_hosts').describe('Host keys: a machine that is not in it is refused.'),
  reset: Program.optional().describe('Boots a machine again in place of `systemctl reboot`, e.g. ./ipmi-cycle {host}.'),
  restore: Program.optional().describe('Undoes what apply did, at the end; otherwise the first variant is applied.'),
  applyWithin: duration.prefault('15m').describe('Longest that apply, reset and restore may take.'),
  downWithin: duration.prefault('5m').describe('Longest from the order to reboot until the machine is down.'),
  lockFor: duration.prefault('12h').describe('What a killed run holds is due for bench gc after this long.'),
});
export type HostOptions = z.output<typeof HostOptions>;

/** How a machine is told which variant to boot. */
export const HostVariant = z
  .strictObject({
    apply: Program.optional().describe('Puts the variant on the machine, run here, e.g. ./deploy-image {host} after.'),
    entry: z.string().min(1).optional().describe('Boot entry for one boot: of systemd-boot, or of GRUB.'),
    deployment: z.string().min(1).optional().describe('ostree or bootc deployment: the start of its checksum.'),
    kernelArguments: z
      .string()
      .optional()
      .describe('Added to the command line; an empty text is the machine as it is.'),
    verify: z
      .string()
      .min(1)
      .optional()
      .describe('Shell command, run on the machine as root after each boot: fails if it is another variant.'),
  })
  .refine(
    (image) =>
      [image.apply, image.entry, image.deployment, image.kernelArguments].filter((x) => x !== undefined).length === 1,
    'exactly one of apply, entry, deployment or kernelArguments',
  );
export type HostVariant = z.output<typeof HostVariant>;

export const HostScenario = z
  .strictObject({
    ...scenarioKeys(HostOptions, HostVariant),
    boot: z.enum(['first', 'reboot']).default('reboot').describe('reboot: there are no fresh machines here.'),
  })
  .superRefine(checkVariants)
  .superRefine(({ variants, expect }, context) => {
    for (const [name, { image }] of Object.entries(variants))
      if (image.apply && !image.verify && !expect.some(({ of }) => of === name))
        context.addIssue({
          code: 'custom',
          path: ['variants', name, 'image'],
          message: `nothing would tell a boot of ${name} from another: add verify, or an expectation with of: ${name}`,
        });
  });
export type HostScenario = z.output<typeof HostScenario>;
