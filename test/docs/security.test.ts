/** Tests prove SECURITY.md's claims about a fork's pull request; each test exists under its name. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attacks } from '../hostile/attacks.ts';

const [, section = ''] = readFileSync('SECURITY.md', 'utf8').split(
  '## What the pull request of a fork can do at most\n',
);
const rows = [...section.matchAll(/^\|.*\| `(test\/[^`]+)`: (.+) \|$/gm)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

test('each line of the table names a test', () => {
  const lines = section.split('\n').filter((line) => line.startsWith('| ')).length;
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.length).toBe(lines - 1);
});

test.each(rows)('$file: $name', ({ file, name }) => {
  const kind = /^test\/hostile\/kinds\/(.+)\.ts$/.exec(file)?.[1];
  if (kind === undefined) expect(readFileSync(file, 'utf8')).toContain(`test('${name}'`);
  else expect(attacks.filter((attack) => attack.kind === kind).map((attack) => attack.name)).toContain(name);
});
