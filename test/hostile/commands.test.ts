import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { CALLED } from './kinds/disk-commands.ts';

test('each command of the table is tried on full and read-only disks', () => {
  expect(Object.keys(CALLED).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
});
