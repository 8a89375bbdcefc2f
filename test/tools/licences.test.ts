import { expect, test } from 'vitest';
import { checkLicences, licenceText } from '../../tools/package/licences.js';

const named = (id: string, licence: string | undefined, text = 'the words') => ({ id, licence, text });

test('the bundle rejects a package without a licence, or with a copyleft licence', () => {
  expect(() => checkLicences([named('a 1.0.0', 'MIT'), named('b 2.0.0', '(GPL-3.0 OR MIT)')])).not.toThrow();
  expect(() => checkLicences([named('a 1.0.0', 'MIT'), named('b 2.0.0', 'GPL-3.0-only')])).toThrow(
    /b 2\.0\.0 \(GPL-3\.0-only\)/,
  );
  expect(() => checkLicences([named('c 3.0.0', undefined)])).toThrow(/c 3\.0\.0/);
});

test('packages with the same licence share its text, and one without a file names its licence', () => {
  const text = licenceText([named('a 1.0.0', 'MIT'), named('b 2.0.0', 'MIT'), named('c 3.0.0', 'ISC', '')]);
  expect(text.match(/the words/g)).toHaveLength(1);
  expect(text).toContain('a 1.0.0 (MIT)\nb 2.0.0 (MIT)\n\nthe words');
  expect(text).toContain('ISC, by its authors');
});
