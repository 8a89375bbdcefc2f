// How hard the words are that people read: words a sentence, the share of sentences in the passive voice, and the private idiom that
// is left (docs and messages should have none). Documents, help, comments of scenarios, and texts in the code that have a blank in them.
//   node tools/readability.js [<commit>]          of another commit, for comparison
//   SHOW=help node tools/readability.js           and the sentences of a group that are long or private
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const commit = process.argv[2];
const git = (...args) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
const files = (commit ? git('ls-tree', '-r', '--name-only', commit) : git('ls-files')).split('\n').filter(Boolean);
const read = (file) => (commit ? git('show', `${commit}:${file}`) : readFileSync(file, 'utf8'));

/** What english.md of the project's rules calls private: turns of phrase that a reader has to decode. */
const PRIVATE = [
  /\bcr(y|ied|ies) wolf\b/gi,
  /\btold of\b/gi,
  /\bsaid so\b/gi,
  /\bbears? (it |them )?out\b/gi,
  /\blets? go of\b/gi,
  /\bit is open whether\b/gi,
  /(^|[.:] )mind:/gi,
  /\bis had\b/gi,
  /\bof its own (?!\w+ion)/gi,
  /\breckons? with\b/gi,
  /\bthe world fail(s|ed)\b/gi,
  /\bnothing can be said\b/gi,
  /\bthere is nobody to tell\b/gi,
  /\bcounts? for nothing\b/gi,
  /\bmay not claim\b/gi,
  /\bwhat it may claim\b/gi,
  /\bgo(es)? on with\b/gi,
  /\bsettles the matter\b/gi,
  /\bshall\b/gi,
];

const PASSIVE =
  /\b(is|are|was|were|be|been|being)\s+(\w+ly\s+)?(\w+ed|made|given|taken|kept|shown|told|said|found|put|read|run|sent|left|built|written|seen|done|begun|held|chosen)\b/i;

const GROUPS = {
  'README and docs': { pick: (file) => /^(README|docs\/[\w-]+)\.md$/.test(file), texts: prose },
  'other documents': {
    pick: (file) => /^(ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG)\.md$/.test(file),
    texts: prose,
  },
  help: { pick: (file) => /^src\/cli\/(commands|program|exit|manual)\.ts$/.test(file), texts: strings },
  messages: { pick: (file) => /^src\/(?!cli\/commands\.ts|render\/).*\.ts$/.test(file), texts: strings },
  'report, comment, terminal': { pick: (file) => /^src\/render\/.*\.ts$/.test(file), texts: strings },
  'scenario comments': { pick: (file) => /^(scenarios|src\/stages\/init)\/[\w-]+\.ya?ml$/.test(file), texts: comments },
};

/** Paragraphs and items of lists: no code, no tables, no headings. */
function prose(text) {
  return text
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/^(\||#|<!--).*$/gm, '')
    .split(/\n\s*\n|\n(?=- )/)
    .map((block) =>
      block
        .replaceAll(/\]\([^)]*\)/g, ']')
        .replaceAll(/[`*[\]]/g, '')
        .replaceAll('\n', ' '),
    );
}

/** Texts of three words and more. */
function strings(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, a, b, c]) => (a ?? b ?? c ?? '').replaceAll(/\$\{[^}]*\}/g, 'x'))
    .filter((said) => /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(said) && !/[{};=<>]|\\n/.test(said));
}

function comments(text) {
  const said = text.split('\n').flatMap((line) => /(?:^|\s)#\s?([^#]*)$/.exec(line)?.[1] ?? '');
  return said
    .join('\n')
    .split(/\n\s*\n/)
    .map((block) => block.replaceAll('\n', ' '));
}

const sentencesOf = (text) =>
  text
    .split(/(?<=[.!?])\s+(?=[A-Z"'`(])|;\s/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.split(/\s+/).length > 2);

console.log(`${'texts'.padEnd(27)} sentences  words each  over 25  passive  private`);
for (const [name, { pick, texts }] of Object.entries(GROUPS)) {
  const all = files.filter(pick).flatMap((file) => texts(read(file)));
  const sentences = all.flatMap(sentencesOf);
  const words = sentences.map((sentence) => sentence.split(/\s+/).length);
  const share = (count) => `${((100 * count) / Math.max(1, sentences.length)).toFixed(1)} %`;
  const cells = [
    String(sentences.length).padStart(9),
    (words.reduce((sum, one) => sum + one, 0) / Math.max(1, words.length)).toFixed(1).padStart(10),
    share(words.filter((one) => one > 25).length).padStart(7),
    share(sentences.filter((sentence) => PASSIVE.test(sentence)).length).padStart(7),
    String(
      all.reduce((sum, text) => sum + PRIVATE.reduce((n, word) => n + (text.match(word)?.length ?? 0), 0), 0),
    ).padStart(7),
  ];
  console.log(`${name.padEnd(27)} ${cells.join('  ')}`);
  if (process.env.SHOW === name)
    for (const sentence of sentences)
      if (PRIVATE.some((word) => sentence.search(word) >= 0) || sentence.split(/\s+/).length > 25)
        console.log(`    ${sentence}`);
}
