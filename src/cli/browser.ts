/** Opens a page on the desktop; where there is none, the path that was printed has to do. */
import { spawn } from 'node:child_process';
import type { CliWorld } from './world.ts';

export function openInBrowser(file: string, { stderr }: Pick<CliWorld, 'stderr'>): void {
  const opener = spawn('xdg-open', [file], { stdio: 'ignore', detached: true });
  opener.on('error', () => stderr.write('bench: no xdg-open on this machine; open the file above yourself\n'));
  opener.unref();
}
