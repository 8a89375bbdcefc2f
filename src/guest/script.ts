/**
 * The one command that is run in a machine: all requests as a POSIX shell script. Pure; nothing is run here.
 *
 * It must do with the userland of a minimal image (sh, tar, head, sed; setsid and gzip if there) and cost little on a single
 * emulated core, where starting a process takes milliseconds. Hence one shell for all commands, a limit on file size (`ulimit
 * -f`) instead of a pipe through `head`, and one watcher for all instead of a `timeout` around each.
 *
 *   main ──┬─ watcher   reads a line a second from the client. The client's clock decides, as the guest's may run at any speed:
 *          │            when one command has had its seconds, its group is killed; when the client is gone, all is.
 *          └─ worker    in its own session, so that it can be killed with all that it started; runs the commands in turn.
 *                       If it was killed, main starts it again behind the command that hung.
 *
 * Results lie in a folder under /run (memory; /tmp if there is no room), are sent as one tar and removed. A file there has the
 * number of its request, so that no name from a scenario gets into the shell:
 *
 *   <n>      standard output of request n; for a folder, a tar of the files whose names it printed (those of /proc and /sys
 *            have no size and come empty: such a file needs its own request, with `cat`)
 *   e<n>     first bytes of its standard error, if it failed
 *   status   lines "<n> <exit code>", with "-" for a command that was killed
 *   boot     a line "ready" once the command that waits for it has ended well; what `systemctl is-system-running --wait` said
 */
import type { ArtifactRequest } from '../model/collector.ts';
import { quote, shellProgram } from '../model/shell-program.ts';
import bootstrap from './bootstrap.sh';
import main from './main.sh';
import worker from './worker.sh';

/** Exit codes of the script, apart from those of a shell. */
const NO_FOLDER = 73;
export const DISK_FULL = 74;

/** Files of one folder artifact: more are left out. A provisioning run of an AKS node writes about a hundred events. */
export const MAX_FOLDER_FILES = 2000;

/** How much of a command's standard error is kept, for diagnosis. */
export const ERROR_BYTES = 400;

export interface ScriptLimits {
  /** Seconds that one command may take. */
  readonly commandSeconds: number;
  /** Wait at most this long for the boot to be over before the first command; 0: do not ask. */
  readonly bootSeconds: number;
  /** Ends well once the machine is what it boots for; waited for in the same seconds, ahead of the end of systemd's jobs. */
  readonly readyCommand?: string | undefined;
}

const ENVIRONMENT = 'export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"\n';

/** The script. Requests are run in the order given. Its braces make a script that arrived cut short a syntax error. */
export function collectScript(requests: readonly ArtifactRequest[], limits: ScriptLimits): string {
  const commands = requests.map(
    ({ path, command, maxBytes }, number) =>
      `${path.endsWith('/') ? 'files' : 'output'} ${number} ${limits.commandSeconds} ${blocks(maxBytes)} ${quote(command)}`,
  );
  const constants = { DISK_FULL, ERROR_BYTES, MAX_FOLDER_FILES, REQUESTS: requests.length };
  const work = `${shellProgram(worker, constants)}${bootWait(limits)}${commands.join('\n')}\nexit 0\n`;
  return `${ENVIRONMENT}if [ "$1" = work ]; then\n${work}fi\n{\n${shellProgram(main, constants)}}\n`;
}

/**
 * The command line that takes `script` from its standard input and runs it. Nothing of the scenario is in it, and it is read
 * alike by any login shell. The rest of standard input stays open for the watcher.
 */
export function bootstrapCommand(script: string, user: string): string {
  const SIZE = new TextEncoder().encode(script).length;
  const steps = shellProgram(bootstrap, { SIZE, DISK_FULL, NO_FOLDER }).trim().replaceAll('\n', ' ');
  return `exec ${user === 'root' ? '' : 'sudo -n '}sh -c '${steps}'`;
}

/** The last line of what `printedScript` prints: without it something was cut. */
export const PRINTED_END = 'end of the archive';

/**
 * The same for where there is no standard input and only text comes back: it holds `script`, ticks by itself, and prints the
 * archive in base64. What it starts ends with it: the ticks at the first one that has no reader.
 */
export function printedScript(script: string): string {
  const [mark] = ['BENCH', 'BENCH_SCRIPT', 'BENCH_SCRIPT_END'].filter((word) => !script.includes(`\n${word}\n`));
  return `{ cat <<'${mark}'\n${script}${mark}\nwhile sleep 1; do echo; done; } | ${bootstrapCommand(script, 'root')} | base64\necho '${PRINTED_END}'\n`;
}

/**
 * The `ulimit -f` for a cap: it counts blocks of 512 bytes (POSIX), or of 1024 in some shells, so twice the cap may come.
 * At least one byte more than the cap is let through: that is how the client sees that something was cut.
 */
export function blocks(maxBytes: number): number {
  return 2 * Math.ceil((maxBytes + 1) / 1024);
}

function bootWait({ bootSeconds, readyCommand }: ScriptLimits): string {
  if (bootSeconds === 0) return '';
  const ready =
    readyCommand === undefined
      ? ''
      : `(eval ${quote(readyCommand)}) >/dev/null 2>err </dev/null && echo ready >out/boot\n`;
  return `if begin -1 ${bootSeconds}; then\n${ready}systemctl is-system-running --wait >>out/boot 2>err </dev/null\nfi\n`;
}
