/**
 * Builds the one command that bench runs in a machine: all requests as a POSIX shell script. Pure; runs nothing.
 *
 * It must work with the userland of a minimal image (sh, tar, head, sed; setsid and gzip if there) and cost little on a single
 * emulated core, where starting a process takes milliseconds. Hence one shell for all commands, a limit on file size (`ulimit
 * -f`) instead of a pipe through `head`, and one watcher for all instead of a `timeout` around each.
 *
 *   main ──┬─ watcher   reads a line a second from the client. The client's clock decides, as the guest's may run at any speed:
 *            │            it kills the group of a command that has had its seconds; when the client is gone, it kills everything.
 *            └─ worker    in its own session, so that a kill reaches all that it started; runs the commands in turn.
 *                         After a kill, main starts it again behind the command that hung.
 *
 * The script collects results in a folder under /run (memory; /tmp if there is no room), sends them as one tar and removes them.
 * A file there has the number of its request, so that no name from a scenario gets into the shell:
 *
 *   <n>      standard output of request n; for a folder, a tar of the files whose names it printed (those of /proc and /sys
 *            have no size and come empty: such a file needs its own request, with `cat`)
 *   e<n>     first bytes of its standard error, if it failed
 *   status   lines "<n> <exit code>", with "-" for a killed command
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

/** Most files of one folder artifact; the script omits the rest. A provisioning run of an AKS node writes about a hundred events. */
export const MAX_FOLDER_FILES = 2000;

/** The client keeps this much of a command's standard error, for diagnosis. */
export const ERROR_BYTES = 400;

export interface ScriptLimits {
  /** Seconds that one command may take. */
  readonly commandSeconds: number;
  /** Wait at most this long for the boot to be over before the first command; 0: do not ask. */
  readonly bootSeconds: number;
  /**
   * Ends well once the machine is ready for its purpose. The script waits for it first, then for systemd's jobs, within the same
   * seconds.
   */
  readonly readyCommand?: string | undefined;
}

const ENVIRONMENT = 'export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"\n';

/** The script runs the requests in the given order. Its braces make an incomplete script a syntax error. */
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
 * The command line that takes `script` from its standard input and runs it. It contains nothing of the scenario, and every login
 * shell reads it alike. The rest of standard input stays open for the watcher.
 */
export function bootstrapCommand(script: string, user: string): string {
  const SIZE = new TextEncoder().encode(script).length;
  const steps = shellProgram(bootstrap, { SIZE, DISK_FULL, NO_FOLDER }).trim().replaceAll('\n', ' ');
  return `exec ${user === 'root' ? '' : 'sudo -n '}sh -c '${steps}'`;
}

/** The last line of what `printedScript` prints: if it is missing, the output is incomplete. */
export const PRINTED_END = 'end of the archive';

/**
 * Does the same for a route without standard input that returns only text: it holds `script`, ticks by itself, and prints the
 * archive in base64. What it starts ends with it: the ticks end at the first one without a reader.
 */
export function printedScript(script: string): string {
  const [mark] = ['BENCH', 'BENCH_SCRIPT', 'BENCH_SCRIPT_END'].filter((word) => !script.includes(`\n${word}\n`));
  return `{ cat <<'${mark}'\n${script}${mark}\nwhile sleep 1; do echo; done; } | ${bootstrapCommand(script, 'root')} | base64\necho '${PRINTED_END}'\n`;
}

/**
 * The `ulimit -f` for a cap: it counts blocks of 512 bytes (POSIX), or of 1024 in some shells, so twice the cap may come.
 * It lets through at least one byte more than the cap: that is how the client sees a cut.
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
