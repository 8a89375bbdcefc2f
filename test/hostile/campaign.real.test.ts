/** The short form of the campaign `npm run hostile`. */
import pLimit from 'p-limit';
import { describe, expect, test } from 'vitest';
import { attacks } from './attacks.ts';
import { held } from './lab.ts';

const short = attacks.filter(({ long }) => long !== true);

/** Two at a time: each runs one or several processes, and other tests run beside them. */
const limit = pLimit(2);

describe.each([...new Set(short.map(({ kind }) => kind))])('%s', (kind) => {
  test.concurrent.each(short.filter((attack) => attack.kind === kind).map((attack) => [attack.name, attack] as const))(
    '%s',
    (_, attack) => expect(limit(() => held(attack))).resolves.toBeUndefined(),
  );
});
