import { describe, expect, test } from 'vitest';
import { excerpt, firstLine, lastLine } from '../../src/model/printable.ts';
import { addSecret, addSecretsOfUrl, REDACTED, withoutSecrets } from '../../src/model/secrets.ts';
import { plain, shorten } from '../../src/render/escape.ts';

describe('a secret is replaced', () => {
  const secret = 'Kq7 "p&ss" wörd/4711+x';
  addSecret(secret);

  test.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ value: secret })],
    ['in HTML', 'Kq7 &quot;p&amp;ss&quot; wörd/4711+x'],
    ['in an address', encodeURIComponent(secret)],
    ['in an address with small digits', encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['wrapped over two lines', 'Kq7\n    "p&ss" wörd/4711+x'],
  ])('%s', (_, text) => {
    expect(withoutSecrets(`before ${text} after`)).toContain(REDACTED);
    expect(withoutSecrets(`before ${text} after`)).not.toMatch(/Kq7|4711/);
  });

  test.each(['', 'u:', 'user:', 'x'])('in base64 behind "%s"', (before) => {
    const base64 = Buffer.from(`${before}${secret}`).toString('base64');
    const shown = withoutSecrets(`Authorization: Basic ${base64}`);
    expect(shown).toContain(REDACTED);
    // No more than the text before it, and one character that holds bits of both.
    const left = shown.replace(/.*Basic /, '').split(REDACTED)[0] ?? '';
    expect(Buffer.from(left, 'base64').toString()).not.toMatch(/Kq7|p&ss/);
  });

  test('in the URL-safe form of base64', () => {
    const value = 'zz>>??zz>>??zz>>??zz';
    addSecret(value);
    expect(withoutSecrets(Buffer.from(value).toString('base64url'))).not.toContain('Pj4_P3p6');
  });

  test('before a text is cut, wherever the cut is', () => {
    const long = 'hT5-long-secret-that-is-cut-in-two-9981';
    addSecret(long);
    for (let at = 0; at < 240; at += 7) {
      const text = `${'x'.repeat(at)} ${long} ${'y'.repeat(300)}`;
      const shown = [shorten(text, 120), plain(text, 80), firstLine(text), excerpt(text), lastLine(text)];
      for (const each of shown) expect(each).not.toMatch(/hT5|9981|long-sec/);
    }
  });
});

test('a line of a key is its own secret', () => {
  addSecret('-----BEGIN X-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nabcdefghijklmnopqrstuv12\n-----END X-----');
  expect(withoutSecrets('offset 3: MIIEvQIBADANBgkqhkiG9w0BAQ')).toBe('offset 3: ***');
});

test.each([
  ['https://u:pw@host.example/disk.raw', 'https://***@host.example/disk.raw'],
  ['https://pw@host.example/disk.raw', 'https://***@host.example/disk.raw'],
  ['https://host.example/d?sv=1&sig=abc', 'https://host.example/d?sv=1&sig=***'],
  ['https://host.example/d?token=1&x=2', 'https://host.example/d?token=***&x=2'],
])('short secrets of %s are replaced in the address, and nowhere else', (address, shown) => {
  addSecretsOfUrl(address);
  expect(withoutSecrets(`from ${address}, pw 1 abc u:pw`)).toBe(`from ${shown}, pw 1 abc u:pw`);
});

test('half a surrogate pair in an address causes no error', () => {
  expect(() => addSecretsOfUrl('https://\ud800secret\ud800:\udc00-other@host.example/')).not.toThrow();
});
