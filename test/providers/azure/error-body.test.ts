import { describe, expect, test } from 'vitest';
import { errorTextOf } from '../../../src/providers/azure/arm/error-body.ts';

const json = JSON.stringify;
const TEAPOT = { code: 'Teapot', message: 'short and stout' };
const ODATA = { code: 'Teapot', message: { lang: 'en', value: 'short and stout' } };

describe('the body of an error', () => {
  test.each<[string, string, readonly string[], string]>([
    ['with a byte order mark', `\uFEFF${json({ error: TEAPOT })}`, ['Teapot'], 'short and stout'],
    ['as a string of JSON', json(json({ error: TEAPOT })), ['Teapot'], 'short and stout'],
    ['of OData', json({ 'odata.error': ODATA }), ['Teapot'], 'short and stout'],
    ['in a list', json([TEAPOT]), ['Teapot'], 'short and stout'],
    ['in errors', json({ errors: [TEAPOT] }), ['Teapot'], 'short and stout'],
    ['of a deployment', json({ properties: { statusMessage: { error: TEAPOT } } }), ['Teapot'], 'short and stout'],
    [
      'of a resource',
      json({ properties: { provisioningState: 'Failed', error: TEAPOT } }),
      ['Teapot'],
      'short and stout',
    ],
    ['of .NET', json({ Message: 'An error.', ExceptionMessage: 'short and stout' }), [], 'An error. short and stout'],
    ['of RFC 9457', json({ title: 'Teapot', status: 418, detail: 'short and stout' }), [], 'Teapot short and stout'],
    ['in capitals', json({ ERROR: { CODE: 'Teapot', MESSAGE: 'short', DETAILS: null } }), ['Teapot'], 'short'],
    [
      'inside',
      json({ error: { code: 'Outer', message: null, innererror: TEAPOT } }),
      ['Outer', 'Teapot'],
      'short and stout',
    ],
    [
      'behind words',
      json({ error: { code: 'Outer', message: `One failed. ${json({ error: TEAPOT })}` } }),
      ['Outer', 'Teapot'],
      'One failed. short and stout',
    ],
    [
      'of storage',
      '\uFEFF<Error><Code>Teapot</Code><Message>short and stout</Message></Error>',
      ['Teapot'],
      'short and stout',
    ],
    ['of a gateway', '<html><style>x{}</style><title>502</title><h1>Bad Gateway</h1></html>', [], '502 Bad Gateway'],
    ['as plain text', 'short and stout\n', [], 'short and stout'],
    ['that is empty', '', [], ''],
    ['that is a number', '42', [], '42'],
  ])('%s is read', (_, text, codes, message) => {
    expect(errorTextOf(text)).toEqual({ codes, message });
  });
});
