/** Hostile text in each output format: visible, but without any effect. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anchor, html, markdown, markdownCode, plain, shorten, terminal } from '../../src/render/escape.ts';
import { HOSTILE } from '../support/synthetic-run.ts';

const SEED = { seed: 20261123, numRuns: 2000 };
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom(...'<>&"\'`|*_[]()#@:/\\!~$\u001b\u202e\u2066\r\n -.1aw'), maxLength: 60 }),
  fc.constant(HOSTILE),
);
const LONE_SURROGATE = /\p{Surrogate}/u;
const ACTING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

test('one-line text never contains a control or bidirectional character', () => {
  fc.assert(
    fc.property(anything, (text) => {
      expect(plain(text)).not.toMatch(ACTING);
      expect(plain(text)).not.toMatch(LONE_SURROGATE);
    }),
    SEED,
  );
});

test('control characters become visible escapes instead of disappearing', () => {
  expect(plain('a\u001b[31mb\u202ec')).toBe('a\\x1b[31mb\\u202ec');
});

describe('long text', () => {
  test('is cut in the middle and shows its original length', () => {
    const cut = shorten('x'.repeat(10_000), 80);
    expect(cut).toMatch(/^x+… \[10,000 characters\] …x+$/);
    expect(cut.length).toBeLessThanOrEqual(80);
  });

  test('never loses half of a surrogate pair', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 60 }), (limit) => {
        expect(shorten('😀'.repeat(200), limit)).not.toMatch(LONE_SURROGATE);
      }),
      SEED,
    );
  });
});

describe('HTML', () => {
  test('text in a hole opens no tag, closes no attribute and ends no script', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const { markup } = html`<b title="${text}">${text}</b>`;
        expect(markup.match(/</g)).toHaveLength(2);
        expect(markup.match(/"/g)).toHaveLength(2);
      }),
      SEED,
    );
  });

  test('markup in a hole stays markup, nothing stays nothing', () => {
    expect(html`<i>${html`<b>${'<'}</b>`}${undefined}${false}${[html`<u></u>`, 'x']}</i>`.markup).toBe(
      '<i><b>&lt;</b><u></u>x</i>',
    );
  });
});

describe('Markdown', () => {
  /** The visible text after unescaping: GitHub searches it for mentions and links. */
  const shown = (source: string) =>
    source
      .replace(/\\([\\`*_[\]|~$+=.)-])/g, '$1')
      .replace(/&#8203;/g, '\u200b')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&');

  test('text formats nothing, opens no HTML and closes no table cell', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const source = markdown(text);
        expect(source).not.toMatch(/[<>]/);
        expect(source.replace(/\\\\/g, '')).not.toMatch(/(?<!\\)[`*_[\]|~]/);
        expect(source).not.toMatch(/[\r\n]/);
      }),
      SEED,
    );
  });

  test('the separator before a mention is not itself a reference', () =>
    expect(shown(markdown('@team #7'))).toBe('@\u200bteam #\u200b7'));

  test('text mentions no user, refers to no issue and links nowhere', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(shown(markdown(text))).not.toMatch(/@\w|#\d|:\/\/|www\.\w|:[a-z0-9_+-]+:/i);
      }),
      SEED,
    );
  });

  test.each(['_www.evil.example', 'x_www.evil.example', '_GH-3', '*GH-3*', '_PROJ-7'])(
    '%s refers to nothing, behind whatever it stands',
    (text) => expect(shown(markdown(text))).not.toMatch(/www\.\w|(?:GH|PROJ)-\d/),
  );

  test('text starts no list, heading or quote', () => {
    for (const text of ['# a', '- a', '+ a', '> a', '1. a', '12) a', '=== a']) {
      expect(markdown(text)).not.toMatch(/^(?:#|-|\+|>|=|\d+[.)])/);
    }
  });

  test('code keeps its backticks and pipes', () => {
    expect(markdownCode('containerd.service')).toBe('`containerd.service`');
    expect(markdownCode('a`b|c')).toBe('<code>a\\`b\\|c</code>');
  });
});

test('terminals and CI logs receive no escape sequence and no command', () => {
  fc.assert(
    fc.property(anything, (text) => {
      expect(terminal(text)).not.toMatch(ACTING);
      expect(terminal(text)).not.toMatch(/##(?:vso)?\[|::[a-z-]+[ :]/i);
    }),
    SEED,
  );
});

describe('anchors', () => {
  test('keep plain names and never contain characters that end an attribute or a URL', () => {
    expect(anchor('metric', 'unit.ssh.service')).toBe('metric-unit.ssh.service');
    fc.assert(
      fc.property(anything, (text) => {
        expect(anchor('boot', text)).toMatch(/^boot-[A-Za-z0-9._~-]*$/);
      }),
      SEED,
    );
  });

  test('distinguish names that look alike once simplified', () => {
    expect(anchor('metric', 'a b')).not.toBe(anchor('metric', 'a/b'));
  });
});
