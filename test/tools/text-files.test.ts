import { expect, test } from 'vitest';
import script from './text-files/page.browser.js';
import program from './text-files/program.pl';
import shell from './text-files/script.sh';
import style from './text-files/style.css';

test('files of other languages import as their text', () => {
  expect([script, program, shell, style]).toEqual([
    "document.title = 'changed';\n",
    'print "hello\\n";\n',
    "#!/bin/sh\nprintf '%s\\n' hello\n",
    'p {\n  color: red;\n}\n',
  ]);
});
