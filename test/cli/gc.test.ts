import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { type Laboratory, laboratory } from '../azure/laboratory.ts';

let lab: Laboratory | undefined;
afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const TAGS = { 'bench-run': 'r', 'bench-scenario': 's', 'delete-after': '2020-01-01T00:00:00Z' };

async function bench(lab: Laboratory, ...args: string[]): Promise<string> {
  const env = { ...process.env, ...lab.context().environment, NO_COLOR: '1' };
  const command = [path.resolve('dist/bench.js'), 'gc', ...args];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

describe('bench gc', () => {
  test('lists the leftovers and how to delete them, deletes them with --yes, and then finds nothing', async () => {
    lab = await laboratory();
    lab.endpoint.plant({ name: 'bench-old', location: 'westus3', tags: TAGS });
    expect(await bench(lab)).toContain('bench-old  s, 0 machines');
    expect(await bench(lab, '--yes')).toContain('deleted  bench-old');
    expect(await bench(lab)).toBe('Nothing of bench is left to delete.\n');
  });
});
