import { describe, expect, test } from 'vitest';
import { lastWords, redactor } from '../../../src/providers/any/redact.ts';

const redact = redactor(
  { GITHUB_TOKEN: 'abcdef-1234', MY_API_KEY: 'k'.repeat(20), HOME: '/root/secret', SHORT_KEY: 'abc' },
  ['private!'],
);

describe('the output of a program', () => {
  test.each([
    ['the value of a variable whose name reports it', 'sent abcdef-1234 away', 'sent [redacted] away'],
    ['a value that the caller names', 'it was private!', 'it was [redacted]'],
    [
      'a private key',
      'a\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\nz',
      'a\n[redacted]\nz',
    ],
    ['a private key that was cut', 'a\n-----BEGIN RSA PRIVATE KEY-----\nb3Bl', 'a\n[redacted]'],
    ['an access key of AWS', 'AccessKeyId AKIAIOSFODNN7EXAMPLE!', 'AccessKeyId [redacted]!'],
    [
      'a field of JSON',
      '{"SecretAccessKey": "wJalrXUtn/FEMI", "Zone": "a"}',
      '{"SecretAccessKey": "[redacted]", "Zone": "a"}',
    ],
    ['an option', 'az login --password=pa55word --tenant x', 'az login --password=[redacted] --tenant x'],
    ['a header', 'Authorization: Bearer ya29.a0AfH6SMBx', 'Authorization: Bearer [redacted]'],
    ['a token of JSON', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'token [redacted]'],
    [
      'the password of an address',
      'git clone https://me:hunter2@example.org/x',
      'git clone https://me:[redacted]@example.org/x',
    ],
    [
      'a signed address',
      'GET https://x.blob.core/x?sv=1&sig=abc%2Fdef&se=2',
      'GET https://x.blob.core/x?sv=1&sig=[redacted]&se=2',
    ],
  ])('appears without %s', (_, text, shown) => expect(redact(text)).toBe(shown));

  test('keeps text that is not secret', () => {
    const innocent = 'machine i-0abc in eu-west-1a: key pair bench, 3 tokens left, abc, /root/secret';
    expect(redact(innocent)).toBe(innocent);
  });

  test('gives its last line as a quotation, without cursor escapes', () => {
    expect(lastWords('one\n\u001b[31mtwo abcdef-1234\u001b[0m\n\n', redact)).toBe('[31mtwo [redacted] [0m');
    expect(lastWords('', redact)).toBe('');
    expect(lastWords('x'.repeat(5000), redact)).toHaveLength(303);
  });
});
