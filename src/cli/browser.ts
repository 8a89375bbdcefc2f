/** Opens a page on the desktop; without a desktop, the user has the printed path. */
import { spawn } from 'node:child_process';
import type { CliWorld } from './world.ts';

export function openInBrowser(file: string, { stderr }: Pick<CliWorld, 'stderr'>): void {
  const opener = spawn('xdg-open', [file], { stdio: 'ignore', detached: true });
  opener.on('error', () => stderr.write('bench: no xdg-open on this machine; open the file above yourself\n'));
  opener.unref();
}
