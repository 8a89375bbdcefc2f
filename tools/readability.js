// Measures how hard bench's texts are to read: words a sentence, the share of sentences in the passive voice, and the remaining private
// idioms (none). It covers documents, help, messages, reports, comments and names of tests.
//   node tools/readability.js [<commit>]          of another commit, for comparison
//   SHOW=idioms node tools/readability.js         and each place that has a private idiom, with the ordinary words
//   SHOW=help node tools/readability.js           and the sentences of a group with more than 25 words
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { IDIOMS } from './idioms.js';
import { codeComments, hashComments, prose, sentencesOf, strings, testNames } from './prose.js';

const commit = process.argv[2];
const git = (...args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
const files = (commit ? git('ls-tree', '-r', '--name-only', commit) : git('ls-files')).split('\n').filter(Boolean);
const contents = new Map();
function read(file) {
  if (!contents.has(file)) contents.set(file, commit ? git('show', `${commit}:${file}`) : readFileSync(file, 'utf8'));
  return contents.get(file);
}

const PASSIVE =
  /\b(is|are|was|were|be|been|being)\s+(\w+ly\s+)?(\w+ed|made|given|taken|kept|shown|told|said|found|put|read|run|sent|left|built|written|seen|done|begun|held|chosen)\b/i;

const HELP = /^src\/cli\/(catalogue\/[\w-]+|commands|program|exit|manual)\.ts$/;
/** Files in another owner's words, or that hold the idioms to find them. */
const NOT_OURS = /(^|\/)(fixtures|golden)\/|^tools\/idioms\.js$/;
const GROUPS = {
  'README and docs': { pick: /^(README|docs\/[\w-]+)\.md$/, texts: prose },
  'other documents': { pick: /^(ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG)\.md$/, texts: prose },
  help: { pick: HELP, texts: strings },
  messages: { pick: /^src\/(?!render\/).*\.ts$/, not: HELP, texts: strings },
  'report, comment, terminal': { pick: /^src\/render\/.*\.ts$/, texts: strings },
  'scenario comments': { pick: /^(scenarios|src\/stages\/init)\/[\w-]+\.ya?ml$/, texts: hashComments },
  'comments of src': { pick: /^src\/.*\.(ts|js|cjs|css)$/, texts: codeComments },
  'comments of test and tools': { pick: /^(test|tools)\/.*\.(ts|js|mjs|cjs)$/, texts: codeComments },
  'comments of scripts and CI': {
    pick: /^(src|test|tools|\.github)\/.*(\.(sh|pl|ya?ml)|\/[\w-]+)$/,
    texts: hashComments,
  },
  'names of tests': { pick: /^test\/.*\.test\.ts$/, texts: testNames },
};

const places = [];
console.log(`${'texts'.padEnd(27)} sentences  words each  over 25  passive  private`);
for (const [name, { pick, not, texts }] of Object.entries(GROUPS)) {
  const picked = files.filter((file) => pick.test(file) && !not?.test(file) && !NOT_OURS.test(file));
  const all = picked.flatMap((file) => texts(read(file)).map(({ line, text }) => ({ place: `${file}:${line}`, text })));
  const sentences = all.flatMap(({ place, text }) => sentencesOf(text).map((sentence) => ({ place, sentence })));
  const words = sentences.map(({ sentence }) => sentence.split(/\s+/).length);
  const share = (count) => `${((100 * count) / Math.max(1, sentences.length)).toFixed(1)} %`;
  const found = all.flatMap(({ place, text }) =>
    IDIOMS.flatMap(([idiom, ordinary]) =>
      [...text.matchAll(idiom)].map(([words]) => ({ place, words, ordinary, text })),
    ),
  );
  places.push(...found);
  const cells = [
    String(sentences.length).padStart(9),
    (words.reduce((sum, one) => sum + one, 0) / Math.max(1, words.length)).toFixed(1).padStart(10),
    share(words.filter((one) => one > 25).length).padStart(7),
    share(sentences.filter(({ sentence }) => PASSIVE.test(sentence)).length).padStart(7),
    String(found.length).padStart(7),
  ];
  console.log(`${name.padEnd(27)} ${cells.join('  ')}`);
  if (process.env.SHOW === name)
    for (const { place, sentence } of sentences)
      if (sentence.split(/\s+/).length > 25) console.log(`    ${place}  ${sentence}`);
}
if (process.env.SHOW === 'idioms')
  for (const { place, words, ordinary, text } of places)
    console.log(`${place}: "${words.trim()}" (${ordinary}): ${text.trim().slice(0, 160)}`);
