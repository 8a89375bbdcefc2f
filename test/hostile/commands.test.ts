import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { CALLED } from './kinds/disk-commands.ts';
import { PLACES, useOf } from './kinds/paths.ts';

test('the attacks try each command of the table on full and read-only disks', () => {
  expect(Object.keys(CALLED).sort()).toEqual(COMMANDS.map(({ name }) => name).sort());
});

test('the attacks know for each option and argument of the table whether it is a path', () => {
  const unknown = PLACES.filter(({ flags }) => useOf(flags) === 'unknown');
  expect(unknown.map(({ command, flags }) => `${command.name} ${flags}`)).toEqual([]);
});
