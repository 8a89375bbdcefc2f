/** The host provider's part of a scenario: existing machines, which boot again and again. */
import * as z from 'zod';
import { checkVariants, scenarioKeys } from '../../model/scenario.ts';
import { duration } from '../../model/scenario-values.ts';
import { Program } from '../any/program.ts';
import { parseAddress } from './address.ts';

const Address = z
  .string()
  .refine(
    (text) => parseAddress(text) !== undefined,
    'a machine in ssh notation, e.g. root@node1, admin@[fd00::1]:2222',
  );

const HostOptions = z.strictObject({
  kind: z.literal('host'),
  hosts: z.array(Address).min(1).describe('user@machine:port (default: root and 22). Each machine boots whole blocks.'),
  jump: Address.optional().describe('An SSH server in front of all of them.'),
  keyFile: z.string().optional().describe('Private key (default: the SSH agent in SSH_AUTH_SOCK, then ~/.ssh/id_*).'),
  knownHosts: z
    .string()
    .default('~/.ssh/known_hosts')
    .describe('File of host keys; bench refuses machines that are not in it.'),
  reset: Program.optional().describe('Reboots a machine instead of `systemctl reboot`, e.g. ./ipmi-cycle {host}.'),
  restore: Program.optional().describe('Undoes apply at the end (default: apply the first variant).'),
  applyWithin: duration.prefault('15m').describe('Time limit for apply, reset and restore.'),
  downWithin: duration.prefault('5m').describe('Time limit from the reboot command until the machine is down.'),
  lockFor: duration.prefault('12h').describe('bench gc may release what an interrupted run locked after this time.'),
});
export type HostOptions = z.output<typeof HostOptions>;

/** How bench makes a machine boot a variant. */
export const HostVariant = z
  .strictObject({
    apply: Program.optional().describe(
      'Installs the variant on the machine; runs on this computer, e.g. ./deploy-image {host} after.',
    ),
    entry: z.string().min(1).optional().describe('One-time boot entry of systemd-boot or GRUB.'),
    deployment: z.string().min(1).optional().describe('ostree or bootc deployment: the beginning of its checksum.'),
    kernelArguments: z
      .string()
      .optional()
      .describe('Added to the kernel command line; an empty text leaves it unchanged.'),
    verify: z
      .string()
      .min(1)
      .optional()
      .describe('Shell command, run on the machine as root after each boot; it must fail in any other variant.'),
  })
  .refine(
    (image) =>
      [image.apply, image.entry, image.deployment, image.kernelArguments].filter((x) => x !== undefined).length === 1,
    'give exactly one of apply, entry, deployment or kernelArguments',
  );
export type HostVariant = z.output<typeof HostVariant>;

export const HostScenario = z
  .strictObject({
    ...scenarioKeys(HostOptions, HostVariant),
    boot: z
      .enum(['first', 'reboot'])
      .default('reboot')
      .describe('Must be reboot: this provider has no fresh machines.'),
  })
  .superRefine(checkVariants)
  .superRefine(({ variants, expect }, context) => {
    for (const [name, { image }] of Object.entries(variants))
      if (image.apply && !image.verify && !expect.some(({ of }) => of === name))
        context.addIssue({
          code: 'custom',
          path: ['variants', name, 'image'],
          message: `bench could not verify that a boot was of ${name}: add verify, or an expectation with of: ${name}`,
        });
  });
export type HostScenario = z.output<typeof HostScenario>;
