/** Mutates texts as machines, pagers, mail programs and accidents do. Seeded: the same number gives the same text. */
import { type Random, seededRandom } from '../../src/model/random.ts';

const pick = <T>(items: readonly T[], random: Random): T => items[random.below(items.length)] as T;

/** Typical causes of parser errors: ends of strings and lines, signs, wrapped and endless numbers, escapes, other formats' words. */
const TOKENS: readonly string[] = [
  '\n',
  '\r\n',
  '\0',
  '"',
  '\\',
  "'",
  '{',
  '}',
  '[',
  ']',
  '=',
  '@',
  '+',
  '-',
  '.',
  ',',
  ':',
  '|',
  ' ',
  '\t',
  '`->',
  '\u001b[1;31m',
  '\u001b[',
  '\ufeff',
  '\ufffd',
  '…',
  '└─',
  '\u2028',
  '__proto__',
  'constructor',
  '0',
  '-0',
  '-1',
  '00:00:00.000',
  '2026-08-01 00:00:00.000',
  '2026-02-30 25:61:61.999',
  '1970-01-01 00:00:00',
  '18446744073709551615',
  '9223372036854775808',
  '1e999',
  '-1e-999',
  'NaN',
  'Infinity',
  '584542y 2w 2d 20h 1min 49.551s',
  '1min',
  '5.000s',
  '300ms',
  '1y',
  'Startup finished in ',
  ' reached after ',
  ' was never reached',
  '(kernel)',
  '(userspace)',
  '"TaskName": "',
  '"Timestamp": "',
  '"OperationId": "',
  "+ echo '{'",
  '+ logs_to_events AKS.CSE.x x',
  "+ startTime='",
  'start: init-local: x',
  'finish: init-local: SUCCESS: x',
  'foo.service',
  '-.mount',
  'Id=a.service',
  'TimestampMonotonic=',
  '$(reboot)',
  '%n%s',
  'a'.repeat(300),
  '9'.repeat(300),
  '('.repeat(50),
  '\\u0000',
  'NodeReady',
];

type Mutation = (text: string, random: Random, seeds: readonly string[]) => string;

const cut = (text: string, random: Random): [number, number] => {
  const from = random.below(text.length + 1);
  return [from, Math.min(text.length, from + 1 + random.below(40))];
};

const MUTATIONS: readonly Mutation[] = [
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => text.slice(random.below(text.length + 1)),
  (text, random) => {
    const [from, to] = cut(text, random);
    return text.slice(0, from) + text.slice(to);
  },
  (text, random) => {
    const [from, to] = cut(text, random);
    return text.slice(0, to) + text.slice(from, to).repeat(1 + random.below(4)) + text.slice(to);
  },
  (text, random) => {
    const [from] = cut(text, random);
    return text.slice(0, from) + pick(TOKENS, random) + text.slice(from);
  },
  (text, random) => {
    const [from, to] = cut(text, random);
    return text.slice(0, from) + pick(TOKENS, random) + text.slice(to);
  },
  (text, random) => {
    const [from] = cut(text, random);
    return `${text.slice(0, from)}${String.fromCharCode(random.below(256))}${text.slice(from + 1)}`;
  },
  (text, random, seeds) => {
    const other = pick(seeds, random);
    const [from] = cut(text, random);
    return text.slice(0, from) + other.slice(random.below(other.length + 1));
  },
  (text, random) => {
    const lines = text.split('\n');
    const [from, to] = [random.below(lines.length), random.below(lines.length)];
    const [line = ''] = lines.splice(from, 1);
    lines.splice(to, 0, line);
    return lines.join('\n');
  },
  (text, random) => text.replace(/\d+/g, (digits) => (random.below(6) === 0 ? pick(TOKENS, random) : digits)),
  (text) => text.replaceAll('\n', ''),
  (text) => text.replaceAll(' ', ''),
  (text) => text.replaceAll('\n', '\r\n'),
  (text) => text.replace(/^/gm, '> '),
];

/** Inputs stay small, so that a test can try many; another test covers size. */
const LONGEST = 20_000;

/** Text number `index` of the series `seed`: a seed text with one to six mutations, or noise made of tokens. */
export function mutated(seeds: readonly string[], seed: number, index: number): string {
  const random = seededRandom(seed * 2 ** 20 + index);
  let text = random.below(50) === 0 ? '' : pick(seeds, random);
  if (text === '') for (let n = random.below(30); n > 0; n -= 1) text += pick(TOKENS, random);
  for (let n = random.below(6); n >= 0; n -= 1) text = pick(MUTATIONS, random)(text, random, seeds).slice(0, LONGEST);
  return text;
}

/** Large texts of the shapes that make careless parsers quadratic. */
export function hugeTexts(seeds: readonly string[], bytes: number): ReadonlyMap<string, string> {
  const filled = (part: string) => part.repeat(Math.ceil(bytes / part.length)).slice(0, bytes);
  const shapes: [string, string][] = [
    ['line breaks', filled('\n')],
    ['blanks', filled(' ')],
    ['one digit for ever', filled('9')],
    ['open braces', filled('{')],
    ['objects on one line', filled('{}')],
    ['quotes', filled('{"')],
    ['backslashes', filled('{"\\')],
    ['plus signs', filled('+')],
    ['escapes', filled('\u001b[')],
    ['colours', filled('\u001b[1m')],
    ['durations', filled('1min 2s ')],
    ['half a duration', filled('1min ')],
    ['summaries', filled('Startup finished in 1s (kernel) + ')],
    ['calls', filled('+ logs_to_events AKS.CSE.x x\n')],
    ['timestamps', filled('"Timestamp": "')],
    ['stamps', filled('2026-08-01 07:14:01.209 ')],
    ['starts', filled('2026-08-01 07:13:41,200 - handlers.py[DEBUG]: start: a: b\n')],
    ['units', filled('5ms a.service\n')],
  ];
  const seeded = seeds.flatMap((seed, index): [string, string][] => [
    [`seed ${index} again and again`, filled(`${seed}\n`)],
    [`seed ${index} on one line`, filled(seed.replaceAll('\n', ' '))],
  ]);
  return new Map([...shapes, ...seeded]);
}
