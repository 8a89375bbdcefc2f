/** Explains why a boot failed, from how QEMU ended and what the console shows. */
import type { Failure } from '../../model/boot.ts';
import { oneLine } from '../../model/printable.ts';
import type { Ms } from '../../model/units.ts';

export type Ending =
  | { readonly kind: 'ready'; readonly state: string; readonly uptimeS: number }
  | { readonly kind: 'not-started'; readonly reason: string }
  | {
      readonly kind: 'exit';
      readonly code: number | null;
      readonly stderr: string;
      /** As QEMU named it: `guest-reset`, `guest-shutdown`, ... */
      readonly reason: string | undefined;
    }
  | { readonly kind: 'too-late'; readonly withinMs: Ms }
  | { readonly kind: 'flood'; readonly bytes: number }
  /** It spins before its kernel: `stuck.ts`. */
  | { readonly kind: 'stuck' }
  /** It did not go down for a reboot. */
  | { readonly kind: 'not-down'; readonly withinMs: Ms };

/** How a process ended before its guest was ready. */
export type BadEnding = Exclude<Ending, { kind: 'ready' }>;

/** Code of a failure that another start of the same machine may avoid. */
export const STUCK = 'stuck-before-kernel';

export function failureOf(boot: string, ending: BadEnding, console: string): Failure {
  const last = lastLines(console);
  const so = last === '' ? ' Its console is empty.' : ` Its console ends with: ${last}`;
  const fail = (code: string, message: string, hint: string, stage: Failure['stage'] = 'boot'): Failure => ({
    stage,
    code,
    message: `${message} (boot ${boot}).${so}`,
    hint,
  });
  switch (ending.kind) {
    case 'not-started':
      return fail('qemu-start', `Could not start QEMU: ${ending.reason}`, 'Run `bench doctor`.', 'create');
    case 'too-late': {
      const seconds = Math.round(ending.withinMs / 1000);
      const refused = refusalOf(console);
      if (refused) return fail(refused.code, refused.message, refused.hint);
      return fail(
        'ready-timeout',
        `The guest did not report the end of its boot within ${seconds} s`,
        'Read machine/console.log to see how far it got, or raise ready.within in the scenario.',
      );
    }
    case 'flood':
      return fail(
        'console-flood',
        `The guest wrote over ${Math.round(ending.bytes / 2 ** 10)} KiB to its console`,
        'Find the repeated lines in machine/console.log.',
      );
    case 'stuck':
      return fail(
        STUCK,
        'The machine spins in its firmware or boot loader and never reached a kernel',
        'Try provider.cpus: 1 and fewer machines at a time (concurrency), and check that the image boots elsewhere.',
      );
    case 'not-down':
      return fail(
        'shutdown-timeout',
        `The guest did not shut down within ${Math.round(ending.withinMs / 1000)} s for a reboot`,
        'Look for what stops slowly in machine/console.log, or raise ready.within in the scenario.',
      );
    case 'exit':
      return exitFailure(ending, console, fail);
    default:
      return ending satisfies never;
  }
}

/** Firmware that finds nothing to boot waits for a user at the keyboard. Matches the messages of OVMF 2022.11 and SeaBIOS 1.16. */
function refusalOf(console: string): Pick<Failure, 'code' | 'message' | 'hint'> | undefined {
  if (/^BdsDxe: failed to (?:load|start) .*: (?:Security Violation|Access Denied)/m.test(console))
    return {
      code: 'secure-boot',
      message: 'The firmware refused a boot loader that no trusted key has signed',
      hint: "Sign the image's boot loader (shim), or set secureBoot: false.",
    };
  if (/^BdsDxe: No bootable option or device was found|^No bootable device\./m.test(console))
    return {
      code: 'nothing-to-boot',
      message: 'The firmware found no boot loader on the disk',
      hint: 'Check that the image has a boot loader, and that provider.firmware (bios, uefi) matches it.',
    };
  return undefined;
}

function exitFailure(
  ending: Extract<Ending, { kind: 'exit' }>,
  console: string,
  fail: (code: string, message: string, hint: string, stage?: Failure['stage']) => Failure,
): Failure {
  const panic = /Kernel panic - not syncing: ([^\r\n]{1,200})/.exec(console)?.[1];
  const own = /bench: ([^\r\n]{1,200})/.exec(console)?.[1];
  if (panic !== undefined || ending.reason === 'guest-panic') {
    const why = own ?? panic ?? 'the kernel gave no reason';
    return fail('panic', `The guest's kernel panicked: ${plain(why)}`, 'See machine/console.log.');
  }
  if (ending.reason === 'guest-reset')
    return fail(
      'rebooted',
      'The guest rebooted before its boot was over',
      'Look for what requests a reboot: an update, a watchdog, a crashed kernel.',
    );
  if (ending.reason === 'guest-shutdown')
    return fail('powered-off', 'The guest powered itself off', 'Look for what shuts it down in machine/console.log.');
  if (ending.reason === 'host-disk-full')
    return fail(
      'host-disk-full',
      "QEMU could not write the machine's disk",
      'Free some space in the folder for temporary files, or set TMPDIR to another disk.',
      'create',
    );
  if (/could not set up host forwarding rule/i.test(ending.stderr))
    return fail(
      'no-free-port',
      'No port on 127.0.0.1 was free to forward to its SSH port',
      'Stop the processes that hold the ports (`ss -tan`), or widen net.ipv4.ip_local_port_range.',
      'create',
    );
  const said = ending.stderr.trim().split('\n').at(-1) ?? '';
  const how = ending.code === null ? 'was killed' : `ended with exit code ${ending.code}`;
  return fail('qemu-exit', `QEMU ${how}${said ? `: ${plain(said)}` : ''}`, exitHint(ending), 'create');
}

function exitHint({ code, stderr }: Extract<Ending, { kind: 'exit' }>): string {
  if (/Cannot allocate memory|cannot set up guest memory/i.test(stderr))
    return 'Free some memory, lower provider.memory, or run one machine at a time (concurrency: 1).';
  if (code === null) return 'Another process, or the kernel when out of memory, killed it: see `dmesg`.';
  return 'bench needs QEMU 7.2 or later. Run `bench doctor`.';
}

/** The last three lines that are not empty, on one line. */
function lastLines(console: string): string {
  const lines = console.split(/[\r\n]+/).map(plain);
  return lines
    .filter(Boolean)
    .slice(-3)
    .map((line) => line.slice(0, 160))
    .join(' | ');
}

/** A guest's text without terminal escape sequences. */
const plain = (text: string): string => oneLine(text.replace(/\x1b(\[[0-9;?]*[A-Za-z]|[\]()][^\x07\x1b]*\x07?)?/g, ''));
