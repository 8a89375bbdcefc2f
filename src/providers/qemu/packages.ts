/** Installs what is missing on this computer if bench may; otherwise gives the command to type. */
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { worldError } from '../../model/errors.ts';
import { ms } from '../../model/units.ts';
import { run } from './command.ts';
import type { Requirement } from './requirements.ts';

/** Two hundred megabytes over a slow line. */
const INSTALL_TIMEOUT_MS = 15 * 60_000;
/** A freshly booted image may hold apt's lock while it upgrades itself; by default apt-get gives up at once. */
const WAIT_FOR_LOCK = ['-o', 'DPkg::Lock::Timeout=300'];

export interface PackageWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Install commands for three families of distributions; undefined if nothing is missing. */
export function installCommands(
  requirements: readonly Requirement[],
): { debian: string; fedora: string; arch: string } | undefined {
  const missing = requirements.filter((requirement) => requirement.found === undefined);
  if (missing.length === 0) return undefined;
  const names = (family: keyof Requirement['packages']) =>
    [...new Set(missing.map(({ packages }) => packages[family]))].join(' ');
  return {
    debian: `apt-get install ${names('debian')}`,
    fedora: `dnf install ${names('fedora')}`,
    arch: `pacman -S ${names('arch')}`,
  };
}

/** As root on Debian or Ubuntu, reports what is missing and installs it; elsewhere throws a world error with the command. */
export async function installMissing(requirements: readonly Requirement[], world: PackageWorld): Promise<void> {
  const commands = installCommands(requirements);
  if (!commands) return;
  const apt = await access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
  const names = commands.debian.replace('apt-get install ', '');
  if (!apt || userInfo().uid !== 0 || world.environment.BENCH_NO_INSTALL) {
    const missing = requirements.filter(({ found }) => found === undefined).map(({ tool, use }) => `${tool} (${use})`);
    throw worldError(
      `This computer lacks ${missing.join(', ')}.`,
      `Debian, Ubuntu: sudo ${commands.debian} · Fedora: sudo ${commands.fedora} · Arch: sudo ${commands.arch}`,
    );
  }
  world.say(`installing Debian packages: ${names}`);
  for (const command of [
    ['apt-get', ...WAIT_FOR_LOCK, 'update', '-qq'],
    ['apt-get', ...WAIT_FOR_LOCK, 'install', '-y', '-qq', '--no-install-recommends', ...names.split(' ')],
  ]) {
    const environment = { ...world.environment, DEBIAN_FRONTEND: 'noninteractive' };
    const { exitCode, output } = await run(command, { environment, timeoutMs: ms(INSTALL_TIMEOUT_MS) }, world.signal);
    if (exitCode !== 0)
      throw worldError(
        `${command.join(' ')} failed: ${output.trim().split('\n').at(-1)?.slice(0, 300)}`,
        `Run it yourself: sudo ${commands.debian}`,
      );
  }
}
