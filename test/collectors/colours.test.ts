import { expect, test } from 'vitest';
import { withoutColours } from '../../src/collectors/reading/text.ts';

test.each([
  ['+2.110s\u001b[0m', '+2.110s'],
  ['\u001b[1;38;5;185mdown\u001b[0;1;39m\u001b[K', 'down'],
  // A mail's soft break inside a colour, with the line break still escaped as in JSON: no part of it is a word.
  ['+2.110s\u001b[0=\\nm', '+2.110s\u001b[0=\\nm'],
])('removes the colours of %j, and nothing else', (text, plain) => {
  expect(withoutColours(text)).toBe(plain);
});
