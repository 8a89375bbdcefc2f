/**
 * The files of a trial for a machine that will reboot. Files under /run would not survive, so bench puts them into /etc ahead of
 * the reboot. A unit of theirs removes them all once the boot is over: the next boot is as before, even if bench has ended
 * meanwhile. The boot is over when no job is left to wait for: units that start after the default target need their files, too.
 */
import type { GivenFile } from '../../model/provider.ts';
import { quote } from '../../model/shell-program.ts';

const FOLDER = '/etc/bench-trial';
const UNITS = '/etc/systemd/system';
const CLEANER = 'bench-trial-clean.service';
/** Stamps of one boot, as in every trial. */
const STAMPS = '/run/bench-trial';

/** A boot that has not ended by then never will; the unit removes the files anyway. */
const OVER_WITHIN_S = 900;

/** A shell script, for root. Empty if there are no files. */
export function persistScript(given: readonly GivenFile[]): string {
  if (given.length === 0) return '';
  const files = given.map(moved);
  const paths = [...files.map(({ path }) => path), `${UNITS}/${CLEANER}`, `${UNITS}/sysinit.target.wants/${CLEANER}`];
  const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))];
  const own = folders.filter((folder) => folder !== UNITS && folder !== FOLDER);
  const over = `timeout ${OVER_WITHIN_S} systemctl is-system-running --wait >/dev/null 2>&1`;
  const clean = `${over}; rm -rf ${[...paths, FOLDER].map(quote).join(' ')}; rmdir ${own.map(quote).join(' ')} 2>/dev/null || true`;
  const cleaner = `[Unit]\nDefaultDependencies=no\nAfter=default.target\n\n[Service]\nExecStart=/bin/sh ${FOLDER}/clean.sh\n`;
  return [
    'set -e',
    `mkdir -p ${[...folders, FOLDER].map(quote).join(' ')}`,
    ...files.map(write),
    write({ kind: 'file', path: `${FOLDER}/clean.sh`, mode: 0o755, content: `${clean}\n` }),
    write({ kind: 'file', path: `${UNITS}/${CLEANER}`, mode: 0o644, content: cleaner }),
    write({ kind: 'link', path: `${UNITS}/sysinit.target.wants/${CLEANER}`, target: `../${CLEANER}` }),
    'sync',
  ].join('\n');
}

type Moved =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** Scripts go to /etc. Stamps, and the files that conditions ask about, stay in /run; the first script that runs makes their folder. */
function moved(file: GivenFile): Moved {
  const path = file.path
    .replace(/^\/run\/systemd\/system\//, `${UNITS}/`)
    .replace(/^\/run\/bench-trial\//, `${FOLDER}/`);
  if (file.kind === 'link') return { ...file, path };
  const content = file.content.replaceAll(/\/run\/bench-trial\/(?=[a-z]+\.sh\b)/g, `${FOLDER}/`);
  return {
    ...file,
    path,
    content: path.endsWith('.sh') ? `[ -d ${STAMPS} ] || mkdir -p ${STAMPS}\n${content}` : content,
  };
}

function write(file: Moved): string {
  if (file.kind === 'link') return `ln -sfn ${quote(file.target)} ${quote(file.path)}`;
  const bytes = Buffer.from(file.content, 'utf8').toString('base64');
  return `echo ${bytes} | base64 -d >${quote(file.path)}\nchmod ${file.mode.toString(8)} ${quote(file.path)}`;
}
