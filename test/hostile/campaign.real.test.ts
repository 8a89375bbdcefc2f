/** The campaign of `npm run hostile` in its short form. */
import { describe, expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import { held } from './lab.ts';

const short = attacks.filter(({ long }) => long !== true);

describe.each([...new Set(short.map(({ kind }) => kind))])('%s', (kind) => {
  test.each(short.filter((attack) => attack.kind === kind).map((attack) => [attack.name, attack] as const))(
    '%s',
    (_, attack) => expect(held(attack)).resolves.toBeUndefined(),
  );
});
