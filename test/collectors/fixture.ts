/** Real captures: a folder of raw artifacts under test/fixtures/collectors, as a collector receives it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

const FOLDER = new URL('../fixtures/collectors/', import.meta.url);

/** Artifacts of `<collector>/<situation>`, by their path under raw/. */
export function capture(situation: string): Map<string, Uint8Array> {
  const root = new URL(`${situation}/`, FOLDER);
  const raw = new Map<string, Uint8Array>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const file = new URL(name, root);
    if (statSync(file).isFile() && !name.endsWith('.md')) raw.set(name, new Uint8Array(readFileSync(file)));
  }
  return raw;
}
