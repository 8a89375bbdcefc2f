/** Makes a machine boot a variant, and verifies afterwards that it was that one. */
import type { Failure } from '../../model/boot.ts';
import type { Proof, Shell } from '../../model/provider.ts';
import { shellProgram } from '../../model/shell-program.ts';
import program from './host.sh';
import { type Description, descriptionOf, type Lock, remote } from './remote.ts';
import type { HostVariant } from './scenario.ts';

/** Call this before each boot: a boot entry holds for one boot, and so does a loaded kernel. What `apply` changed stays without arming. */
export async function arm(shell: Shell, variant: HostVariant, { original }: Lock, signal: AbortSignal): Promise<void> {
  const [kind, value] = armed(variant);
  const settings = { KIND: kind, VALUE: value, ORIGINAL: original.entry, CMDLINE: original.commandLine };
  await remote(shell, 'arm', { ...settings, NEXT_DEPLOYMENT: original.nextDeployment }, signal);
}

/** Removes everything by which the run decides the next boot. */
export async function disarm(shell: Shell, { original }: Lock, signal: AbortSignal): Promise<void> {
  await remote(shell, 'disarm', { NEXT_DEPLOYMENT: original.nextDeployment }, signal);
}

function armed({ entry, deployment, kernelArguments }: HostVariant): readonly [string, string] {
  if (entry !== undefined) return ['entry', entry];
  if (deployment !== undefined) return ['deployment', deployment];
  if (kernelArguments !== undefined) return ['arguments', kernelArguments];
  return ['as-is', ''];
}

const DESCRIPTION = 'host/description';
const VERIFY = 'host/verify';

export interface Expected {
  readonly boot: string;
  readonly name: string;
  readonly variant: HostVariant;
  readonly lock: Lock;
  /** The boot before, which must have ended. */
  readonly bootIdBefore: string;
}

export const proofOf = (expected: Expected): Proof => ({
  requests: [
    { path: DESCRIPTION, command: `VERB=describe\n${shellProgram(program)}`, maxBytes: 16_384 },
    ...(expected.variant.verify === undefined
      ? []
      : [{ path: VERIFY, command: `{ ${expected.variant.verify}\n} 2>&1`, maxBytes: 16_384 }]),
  ],
  judge(found) {
    const described = found.get(DESCRIPTION);
    const verified = found.get(VERIFY);
    return judge(expected, descriptionOf(described?.text ?? ''), verified);
  },
});

export function judge(
  expected: Expected,
  seen: Description,
  verified: { readonly text: string; readonly exitCode: number | null } | undefined,
): Failure | undefined {
  const { boot, name, variant, bootIdBefore } = expected;
  if (seen.bootId === '' || seen.bootId === bootIdBefore)
    return failure(
      'not-rebooted',
      `Boot ${boot}: the machine did not reboot: its boot id is ${seen.bootId || 'unreadable'}${seen.bootId ? ', as before' : ''}.`,
      'Check for a reboot inhibitor (systemd-inhibit --list), or what provider.reset does.',
    );
  const wrong = difference(expected, seen);
  if (wrong !== undefined)
    return failure(
      'wrong-variant',
      `Boot ${boot} did not boot ${name}: ${wrong}.`,
      'Check which entry its loader selects, and whether it supports a one-time entry.',
    );
  if (variant.verify !== undefined && verified?.exitCode !== 0) {
    const said = (verified?.text ?? '').trim().split('\n').at(-1)?.slice(0, 200);
    return failure(
      'wrong-variant',
      `Boot ${boot} did not boot ${name}: ${variant.verify} ended with ${verified?.exitCode ?? 'no exit code'}${said ? `: ${said}` : ''}.`,
      'The machine booted, but not this variant: check apply, or correct verify.',
    );
  }
  return undefined;
}

/** A difference that the machine itself reports, without `verify`. */
function difference({ variant, lock }: Expected, seen: Description): string | undefined {
  const { entry, deployment, kernelArguments } = variant;
  if (entry !== undefined && seen.entry !== '' && withoutSuffix(seen.entry) !== withoutSuffix(entry))
    return `its loader selected the entry ${seen.entry}`;
  if (deployment !== undefined && !seen.deployment.startsWith(deployment))
    return `it booted ${seen.deployment ? `the deployment ${seen.deployment}` : 'no deployment'}`;
  if (kernelArguments === undefined) return undefined;
  const [words, original, added] = [seen.commandLine, lock.original.commandLine, kernelArguments].map(wordsOf);
  const missing = added?.find((word) => !words?.includes(word));
  if (missing !== undefined) return `its kernel command line lacks ${missing}`;
  const extra = words?.find((word) => !original?.includes(word) && !added?.includes(word));
  return extra === undefined ? undefined : `its kernel command line has ${extra}`;
}

/** Leaves out `ostree=`, which changes with every choice of a deployment and back. */
const wordsOf = (commandLine: string): readonly string[] =>
  commandLine.split(/\s+/).filter((word) => word !== '' && !word.startsWith('ostree='));

/**
 * True if the machine runs what it ran at the lock, by kernel, ostree and loader. With ostree this ignores boot entries, because
 * ostree renumbers them.
 */
export const isAsBefore = (seen: Description, { original }: Lock): boolean =>
  wordsOf(seen.commandLine).join(' ') === wordsOf(original.commandLine).join(' ') &&
  (original.deployment === '' ? seen.entry === original.entry : seen.deployment === original.nextDeployment);

const withoutSuffix = (entry: string): string => entry.toLowerCase().replace(/(\+\d+(-\d+)?)?\.(conf|efi)$/, '');

/**
 * True if the machine itself shows which variant it booted. Such a variant needs no `verify`; for others, a boot proves nothing
 * without it.
 */
export const tellsItself = ({ entry, apply }: HostVariant, { loader }: Description): boolean =>
  apply === undefined && (entry === undefined || loader === 'systemd-boot');

const failure = (code: string, message: string, hint: string): Failure => ({ stage: 'boot', code, message, hint });
