/**
 * Codes of failed boots and of warnings: what they mean, and what to do. The build makes `docs/troubleshooting.md` from them, which `bench
 * help troubleshooting` shows. The table of Azure's provider has Azure's own errors.
 */
import type { ComparisonWarning } from '../model/verdict.ts';

export interface Meaning {
  readonly means: string;
  readonly todo: string;
}

const row = (means: string, todo: string): Meaning => ({ means, todo });

const CONSOLE = 'Read the end of raw/machine/console.log of this boot.';

/** By the code in `outcome.json`. */
export const FAILURES: Readonly<Record<string, Meaning>> = {
  // The machine did not boot
  'ready-timeout': row(
    'The machine did not report the end of its boot in time.',
    `${CONSOLE} If it only needs longer, raise ready.within in the scenario.`,
  ),
  'stuck-before-kernel': row(
    'The machine spins in its firmware or boot loader and never reached a kernel.',
    'bench started it up to three times. Try provider.cpus: 1, and fewer machines at a time (concurrency).',
  ),
  panic: row('The kernel panicked.', CONSOLE),
  rebooted: row(
    'The machine rebooted before its boot was over.',
    'Look for what requests a reboot: an update, a watchdog, a crash.',
  ),
  'powered-off': row('The machine powered itself off.', CONSOLE),
  'console-flood': row('The machine wrote too much to its console.', 'Find the repeated line in console.log.'),
  'shutdown-timeout': row(
    'The machine did not shut down in time for a reboot.',
    'Find what stops slowly in console.log, or raise ready.within.',
  ),
  'machine-gone': row('The machine disappeared during its boot.', 'See the log of the system that provides it.'),
  // This computer
  'qemu-start': row('QEMU could not be started.', 'Run bench doctor.'),
  'qemu-exit': row('QEMU ended before the boot was over.', 'Read its message. Free some memory, or run bench doctor.'),
  'host-disk-full': row('The disk of this computer is full.', 'Free some space, or set TMPDIR to another disk.'),
  'no-free-port': row('No port on 127.0.0.1 was free.', 'Stop the processes that hold the ports: ss -tan lists them.'),
  // Reaching the machine
  'ssh-unreachable': row(
    'No connection to the SSH port.',
    'Check address, route and firewall; in Azure, the security group and provider.reach.',
  ),
  'ssh-refused': row('The machine refused the connection to the SSH port.', 'Check that sshd runs in the image.'),
  'ssh-no-banner': row('The port is open, but no SSH server answers.', 'Check what listens there.'),
  'ssh-handshake': row('The SSH handshake failed.', 'Check the algorithms and the version of the server.'),
  'ssh-auth': row('The SSH server accepted neither user nor key.', 'Check user in the scenario, and cloud-init.'),
  'ssh-host-key': row(
    'The server showed another host key than expected.',
    'Another machine answers at this address. Never ignore this.',
  ),
  'ssh-lost': row('The SSH connection broke.', 'Run again; if it repeats, read console.log.'),
  'port-silent': row(
    'The machine boots, but its SSH port never answered.',
    'Check the security group, and that sshd is enabled in the image.',
  ),
  // Reading the machine
  'collect-failed': row('The artifacts could not be read.', 'Read the message; often a tool is missing in the image.'),
  'collect-timeout': row('Reading the artifacts took too long.', 'Check the load of the machine and the network.'),
  'guest-disk-full': row('The disk of the machine is full.', 'Give the image more space.'),
  'artifact-limit': row('The artifacts were larger than allowed.', 'Find what grows in the machine: usually a log.'),
  // Reboots and machines that exist
  'sudo-refused': row(
    'The user that logs in could not become root.',
    'Allow it sudo without a password, or log in as root.',
  ),
  'reboot-refused': row('The machine refused to reboot.', 'Check that the user may use sudo without a password.'),
  'not-rebooted': row('The boot id did not change: the machine never rebooted.', 'Check systemctl reboot by hand.'),
  'wrong-variant': row('The machine booted another variant than requested.', 'Check boot entry, arguments or verify.'),
  'not-restored': row('bench could not restore the machine.', 'Run bench gc --scenario <name>.'),
  // Clouds
  'no-room': row('The cloud has no capacity for the size.', 'Add sizes or zones, or choose another location.'),
  SpotEvicted: row(
    'Azure reclaimed the spot machine.',
    'Nothing; the boot is excluded. To avoid this, use regular machines.',
  ),
  'cse-exit-<n>': row('Provisioning of the node ended with exit code n.', 'Read cluster-provision.log in raw/.'),
  // Your own programs (provider.kind: command)
  '<program>-failed': row('create, destroy or list ended with an error.', 'Run it by hand with the same input.'),
  '<program>-died': row('The program was killed by a signal.', 'Run it by hand.'),
  '<program>-timeout': row('The program took too long.', 'Raise provider.<program>Within in the scenario.'),
  '<program>-garbage': row(
    'The program printed something else than one JSON document.',
    'Print everything else to stderr.',
  ),
  '<program>-not-started': row('The program could not be started.', 'Check its path, its mode and its first line.'),
  'create-same-machine': row('create returned a machine that is already in use.', 'Every call must make a new one.'),
  'create-unlisted': row('list does not show the machine that create returned.', 'list must show every machine.'),
};

type Code = ComparisonWarning['code'];

/** By the code in `comparison.json`. */
export const WARNINGS: Readonly<Record<Code, Meaning>> = {
  'nothing-booted': row('All boots of one side failed.', 'Fix the failed boots first.'),
  'most-failed': row('Most boots failed.', 'Fix the failed boots first. The times of the others prove little.'),
  samples: row('A warning from the samples file.', 'Read it.'),
  broken: row('Boots of the candidate broke an expectation.', 'See which one, in the report.'),
  'control-moved': row(
    'A control changed, although the change under test cannot affect it.',
    'Find the other difference; run again.',
  ),
  'control-untested': row('A control could not be compared.', 'Choose a control that every boot measures.'),
  'boots-failed': row('Some boots failed and are excluded.', 'See the failed boots in the report.'),
  'baseline-broken': row('Boots of the baseline broke an expectation.', 'Fix the baseline, or the expectation.'),
  'no-machine': row('Machines were not available; the images are not at fault.', 'Nothing, unless it was one-sided.'),
  throttled: row(
    'Azure throttled the requests of the run.',
    'Lower concurrency; the waits are not part of boot times.',
  ),
  'machines-asked-again': row('Some machines had to be requested again.', 'Nothing; it is recorded with each boot.'),
  'other-boot-kind': row('The input mixes first boots and reboots.', 'Compare each kind on its own.'),
  'same-boot-twice': row('The input contains the same boot more than once.', 'Nothing; it counts once.'),
  'variant-not-compared': row('Boots of unknown variants were excluded.', 'Name the variant in the scenario.'),
  'outside-blocks': row('Some boots belong to no complete block.', 'Nothing; they are excluded.'),
  'no-boot': row('A variant has no boot.', 'Check the run, or the mapping of an import.'),
  'no-gate': row('The scenario declares no gate.', 'Add gates: without one, no run can fail.'),
  'definition-moved': row('The metric has a different meaning in one image.', 'Gate on an event both images share.'),
  'within-margin': row('Significant, but inside the equivalence margin.', 'Nothing: it passes.'),
  'below-minimum': row('Slower, by less than the minimum effect.', 'Nothing: it passes. Lower minimumEffect to fail.'),
  'significant-alone': row(
    'Significant alone, but not after correction for multiple tests.',
    'Make it a gate, and run again.',
  ),
  'nothing-to-compare': row('One side has no value of the metric.', 'bench record --explain says why it is missing.'),
  'missing-values': row(
    'One side has more missing values than the other.',
    'Find out why: missing values can hide slow boots.',
  ),
  'incomplete-blocks': row('Some blocks have no sound value on one side.', 'Boot more blocks.'),
  'not-interleaved': row('The boots were not interleaved.', 'Use bench run: drift of the host looks like a change.'),
  'too-few': row('There are too few boots for any conclusion.', 'Boot as many as the text says.'),
  identical: row('Both sides are equal, boot by boot.', 'Check that the images differ.'),
  'no-ratio': row('Some values are not above zero.', 'Nothing: the difference in time is judged.'),
  outlier: row('One boot is far slower than the median.', 'Inspect it in the report. It is not dropped.'),
  'several-modes': row('The boots fall into groups.', 'Inspect the distribution before you trust the median.'),
  'below-clock-error': row('The difference is smaller than the clock error.', 'Do not rely on it.'),
  'budget-matches-nothing': row('No metric of the boots matches a budget.', 'Correct its pattern; it has no effect.'),
  'machines-averaged': row('The reboots of one machine are averaged.', 'Nothing; the figures describe machines.'),
  'lost-boots': row(
    'Boots failed or broke, so a budget has fewer values.',
    'Fix them first: the verdict assumes the worst for them.',
  ),
  'cost-shifted': row(
    'Time moved from one step to another.',
    'Check that the total changed, not only where the time is spent.',
  ),
};
