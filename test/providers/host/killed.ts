/** A run on existing machines, in its own process that a test can kill. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bundled } from '../../../tools/bundled.js';
import type { HostText } from './experiment.ts';

/** The folder from which Node resolves packages. */
const DRIVER = path.resolve('node_modules/.cache/bench/host-crash-driver.mjs');

export const buildDriver = (): Promise<void> => bundled('test/providers/crash-driver.ts', DRIVER);

export interface Life {
  /** Its end: a signal, or the exit code and the complaint. */
  readonly end: Promise<string>;
  kill(): void;
}

/** One process of the run; kills itself after so many lines of its journal, with 0 never. */
export function live(text: HostText, folder: string, lines = 0): Life {
  const child = spawn(process.execPath, [DRIVER, JSON.stringify(text), folder, String(lines)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (said: string) => {
    complaint += said;
  });
  return {
    end: new Promise((resolve) =>
      child.once('close', (code, signal) => resolve(signal ?? `${code} ${complaint}`.trim())),
    ),
    kill: () => void child.kill('SIGKILL'),
  };
}
