/** Things to put where bench expects a file, and how to create each. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Returns an undo function, where removing the file is not enough. */
export type Put = (file: string) => (() => void) | undefined;

export const THINGS: Readonly<Record<string, Put>> = {
  'a pipe': (file) => void spawnSync('mkfifo', [file]) as undefined,
  '/dev/zero': (file) => void symlinkSync('/dev/zero', file) as undefined,
  '/dev/tty': (file) => void symlinkSync('/dev/tty', file) as undefined,
  'a folder': (file) => void mkdirSync(file) as undefined,
  '3 GiB': (file) => {
    writeFileSync(file, '');
    truncateSync(file, 3 * 2 ** 30);
    return undefined;
  },
  'a socket': (file) => {
    const server = createServer().listen(file);
    return () => server.close();
  },
};
