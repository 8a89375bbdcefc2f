/** Checks whether bench can reach and reboot a scenario's machines and tell their boots apart. Changes nothing, reboots nothing. */
import type { CheckResult } from '../../model/check-result.ts';
import { BenchError } from '../../model/errors.ts';
import type { AskWorld } from '../../model/preflight.ts';
import { BootFailure, type SshTarget } from '../../model/provider.ts';
import { ms } from '../../model/units.ts';
import { checkProgram } from '../any/program.ts';
import { targetsOf } from './access.ts';
import { nameOf } from './address.ts';
import { type Description, descriptionOf, fieldsOf, remote } from './remote.ts';
import type { HostScenario } from './scenario.ts';
import { tellsItself } from './variant.ts';

const REACH_WITHIN = ms(20_000);
/** Provisioning steps carry text stamps of this clock. If it is further off, bench cannot match them with anything outside. */
const CLOCK_OFF_S = 60;

export async function examineHosts(scenario: HostScenario, world: AskWorld): Promise<CheckResult[]> {
  const programs = await examinePrograms(scenario, world);
  const targets = await targetsOf(scenario.provider, world).catch((cause: unknown) => {
    if (cause instanceof BenchError) return cause;
    throw cause;
  });
  if (targets instanceof BenchError)
    return [
      ...programs,
      { check: 'access', state: 'missing', says: targets.message, ...(targets.hint && { todo: targets.hint }) },
    ];
  const hosts = await Promise.all(targets.map((target) => examineHost(target, scenario, world)));
  return [...programs, ...hosts.flat()];
}

async function examinePrograms({ provider, variants }: HostScenario, world: AskWorld): Promise<CheckResult[]> {
  const named = [
    ['reset', provider.reset],
    ['restore', provider.restore],
    ...Object.entries(variants).map(([name, { image }]) => [`apply ${name}`, image.apply] as const),
  ] as const;
  const folder = { folder: world.scenarioFolder, environment: world.environment };
  const found: CheckResult[] = [];
  for (const [check, program] of named) {
    if (!program) continue;
    const problem = await checkProgram(check, program, folder).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (problem === undefined) found.push({ check, state: 'ok', says: program.join(' ') });
    else if (!(problem instanceof BenchError)) throw problem;
    else found.push({ check, state: 'missing', says: problem.message, ...(problem.hint && { todo: problem.hint }) });
  }
  return found;
}

async function examineHost(target: SshTarget, scenario: HostScenario, world: AskWorld): Promise<CheckResult[]> {
  const { connect, signal } = world;
  if (!connect) throw new Error('login failed');
  try {
    const shell = await connect(target, { withinMs: REACH_WITHIN }, signal);
    try {
      return resultsOf(target, await remote(shell, 'may', {}, signal), scenario, world.nowIso);
    } finally {
      shell.close();
    }
  } catch (cause) {
    if (!(cause instanceof BootFailure)) throw cause;
    const { message, hint } = cause.failure;
    return [{ check: nameOf(target), state: 'missing', says: message, todo: hint }];
  }
}

/** Pure: turns a machine's answer into check results, with what to do. */
export function resultsOf(
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  said: string,
  scenario: HostScenario,
  nowIso: string,
): CheckResult[] {
  const fields = fieldsOf(said);
  const answers: Answers = {
    ...{ user: target.user, scenario, nowIso, seen: descriptionOf(said) },
    field: (name) => fields.get(name) ?? '',
  };
  return [...onRebooting(answers), ...onWaiting(answers), ...onVariants(answers), inUse(answers)].map(
    ({ check, isOk, says, todo, otherwise = 'missing' }) =>
      isOk
        ? { check: `${nameOf(target)}: ${check}`, state: 'ok', says }
        : { check: `${nameOf(target)}: ${check}`, state: otherwise, says, todo },
  );
}

interface Answers {
  readonly user: string;
  readonly scenario: HostScenario;
  readonly nowIso: string;
  readonly seen: Description;
  /** Empty if the machine did not report it. */
  field(name: string): string;
}

interface Requirement {
  readonly check: string;
  readonly isOk: boolean;
  readonly says: string;
  readonly todo: string;
  readonly otherwise?: 'note' | 'missing';
}

const onRebooting = ({ user, scenario: { provider }, field }: Answers): Requirement[] => [
  {
    check: 'login',
    isOk: field('root') === '0',
    says: `${user}, root by ${user === 'root' ? 'itself' : 'sudo'}`,
    todo: 'Allow it passwordless sudo.',
  },
  {
    check: 'reboot',
    isOk: field('systemd') !== '' || provider.reset !== undefined,
    says: field('systemd') === '' ? 'no systemd' : `systemd ${field('systemd')}`,
    todo: 'Set provider.reset: a command that reboots it.',
  },
  {
    check: 'inhibitors',
    isOk: /^0?$/.test(field('inhibitors')),
    says: `${field('inhibitors') || '0'} that block a reboot`,
    todo: 'See systemd-inhibit --list.',
    otherwise: 'note',
  },
];

/** Checks that bench can tell boots apart and lock the machine between them. */
function onWaiting({ seen, nowIso, field }: Answers): Requirement[] {
  const offS = Math.round(seen.clockS - Date.parse(nowIso) / 1000);
  const writes = field('writes') === 'yes';
  return [
    {
      check: 'boot id',
      isOk: /^[0-9a-f-]{36}$/.test(seen.bootId),
      says: seen.bootId || 'cannot be read',
      todo: 'It is in /proc/sys/kernel/random/boot_id, since Linux 2.3.',
    },
    {
      check: 'lock',
      isOk: writes,
      says: writes ? '/var/lib/bench-host can be written' : '/var/lib cannot be written',
      todo: 'It must outlive a reboot: make /var/lib writable.',
    },
    {
      check: 'clock',
      isOk: Math.abs(offS) <= CLOCK_OFF_S,
      says: `${Math.abs(offS)} s ${offS < 0 ? 'behind' : 'ahead'}`,
      todo: 'Synchronise its clock (systemd-timesyncd, chrony).',
      otherwise: 'note',
    },
  ];
}

function onVariants(answers: Answers): Requirement[] {
  const {
    scenario: { variants, expect },
    seen,
  } = answers;
  const images = Object.values(variants).map(({ image }) => image);
  const blind = Object.entries(variants).filter(
    ([name, { image }]) => !image.verify && !tellsItself(image, seen) && !expect.some(({ of }) => of === name),
  );
  return [
    {
      check: 'loader',
      isOk: !images.some(({ entry }) => entry !== undefined) || seen.loader !== 'none',
      says: seen.loader,
      todo: 'Boot entries need systemd-boot or GRUB; use apply, or kernelArguments with kexec.',
    },
    ...(images.some(({ kernelArguments }) => kernelArguments !== undefined) ? [onKernelArguments(answers)] : []),
    ...blind.map(([name]) => ({
      check: name,
      isOk: false,
      says: `with this loader, bench cannot verify that a boot was of ${name}`,
      todo: `Add verify to variants.${name}.image.`,
    })),
  ];
}

/** For systemd-boot, bench writes an entry to its partition, which must be mounted. With other loaders kexec boots the kernel. */
function onKernelArguments({ seen, field }: Answers): Requirement {
  const check = 'kernel arguments';
  if (seen.loader === 'systemd-boot')
    return {
      check,
      isOk: field('boot-path') !== '',
      says: field('boot-path') === '' ? 'bootctl finds no boot partition' : `an entry in ${field('boot-path')}`,
      todo: 'Mount the boot partition there, e.g. on /efi or /boot.',
    };
  return {
    check,
    isOk: field('kexec') !== '',
    says: field('kexec') === '' ? 'neither systemd-boot nor kexec' : `by ${field('kexec')}`,
    todo: 'Install kexec-tools there.',
  };
}

const inUse = ({ field }: Answers): Requirement => ({
  check: 'in use',
  isOk: field('held') === '',
  says: field('held') === '' ? 'by nobody' : `by the run ${field('held')}`,
  todo: 'Wait for it, or restore the machine: bench gc --scenario.',
  otherwise: 'note',
});
