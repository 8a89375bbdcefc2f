/** The campaign of `npm run hostile` in its short form. */
import pLimit from 'p-limit';
import { describe, expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import { held } from './lab.ts';

const short = attacks.filter(({ long }) => long !== true);

/** Two at a time: each is a process or several, and other tests run beside them. */
const limit = pLimit(2);

describe.each([...new Set(short.map(({ kind }) => kind))])('%s', (kind) => {
  test.concurrent.each(short.filter((attack) => attack.kind === kind).map((attack) => [attack.name, attack] as const))(
    '%s',
    (_, attack) => expect(limit(() => held(attack))).resolves.toBeUndefined(),
  );
});
