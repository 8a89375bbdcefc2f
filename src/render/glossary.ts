/**
 * The terms of the report, the profile and the trend, each with the one sentence that explains it. Every page shows a term with
 * a dotted line, and lists its terms at the end. `docs/verdict.md` has the same sentences (`npm run docs`).
 */
import { type Html, html, NOTHING } from './escape.ts';

interface Entry {
  /** The heading in the list. */
  readonly name: string;
  readonly means: string;
  /** The term's form in running text; without it, only explicit calls explain the term. */
  readonly inText?: string;
}

export const GLOSSARY = {
  variant: {
    name: 'variant',
    means: 'An image under test.',
  },
  baseline: {
    name: 'baseline',
    means: 'The variant that every other variant is compared with.',
    inText: 'baseline',
  },
  candidate: { name: 'candidate', means: 'A variant that is compared with the baseline.', inText: 'candidates?' },
  block: {
    name: 'block',
    means:
      'One boot of every variant under the same conditions, in random order. The sample size is the number of blocks.',
    inText: 'blocks?',
  },
  gate: {
    name: 'gate',
    means: 'A metric that can fail the build. A scenario has one to five.',
    inText: 'gates?',
  },
  control: {
    name: 'control',
    means: 'A metric that the change cannot affect. If it changes, the conditions differed and no gate is judged.',
    inText: '(?:negative )?controls?',
  },
  faster: { name: 'faster', means: 'The adjusted p is small enough, and the candidate takes less time.' },
  slower: {
    name: 'slower',
    means:
      'The adjusted p is small enough, and the candidate takes more time. The gate fails if the slowdown exceeds the minimum effect.',
  },
  equivalent: {
    name: 'equivalent',
    means: 'The 90 % interval lies inside the equivalence margin, so a change of that size or more is ruled out.',
  },
  inconclusive: {
    name: 'inconclusive',
    means: 'The interval is too wide for a verdict, which does not mean “no difference”. More boots would help.',
  },
  broken: {
    name: 'broken',
    means:
      'A boot that came up but violates an expectation of the scenario. It is counted and never timed, and it can make the verdict “broken”.',
    inText: 'broken',
  },
  failed: {
    name: 'failed',
    means: 'A boot that did not come up or could not be measured. It is counted and never timed.',
    inText: 'failed',
  },
  unproven: {
    name: 'unproven',
    means: 'A control changed, so something other than the change under test may explain the difference.',
    inText: 'unproven',
  },
  interval: {
    name: 'interval',
    means:
      'The range of true values that fit the measurements. The procedure contains the true value 95 times in 100 (for 95 %).',
    inText: '(?:\\d+\\s%\\s)?intervals?',
  },
  margin: {
    name: 'equivalence margin',
    means: 'The largest change that counts as no change. It decides “equivalent”.',
    inText: 'equivalence margin',
  },
  'minimum-effect': {
    name: 'minimum effect',
    means: 'The smallest slowdown that fails the build. It decides pass or fail.',
    inText: 'minimum effect',
  },
  p: {
    name: 'p',
    means:
      'The probability of a difference at least this large if there were none, adjusted for the number of tests. Gates keep the family-wise error rate, other metrics the false discovery rate.',
  },
  'p-failures': {
    name: 'p of failed or broken boots',
    means: 'Fisher’s exact test of failed and broken boots against the baseline.',
  },
  median: { name: 'median', means: 'Half of the boots took at most this long.' },
  p90: { name: 'p90, p95', means: '90 (or 95) of 100 boots took at most this long.' },
  n: { name: 'n', means: 'The number of boots that have a value.' },
  mad: {
    name: 'MAD',
    means: 'Median absolute deviation: how far a typical boot is from the median.',
  },
  spread: {
    name: 'spread',
    means: 'How much blocks or boots differ from each other: the standard deviation of the logarithm of the time.',
  },
  'slow-boots': {
    name: 'slow boots',
    means: 'Boots that took longer than the threshold, and the estimated share of such boots.',
  },
  path: {
    name: 'critical path',
    means: 'The chain of steps that decided when the boot was over. Its steps add up to the whole time.',
    inText: 'critical paths?',
  },
  'on-path': { name: 'boots on the path', means: 'The number of boots in which this step is on the critical path.' },
  'share-spread': { name: 'spread of the share', means: 'The range of the middle half of the boots.' },
  seen: { name: 'boots with the step', means: 'The number of boots that have this step.' },
  exploratory: {
    name: 'exploratory',
    means: 'A metric that is not a gate. It shows where to look and is not a verdict.',
    inText: 'exploratory',
  },
  budget: {
    name: 'budget',
    means: 'A limit that one variant must keep by itself, whatever the other variants do.',
    inText: 'budgets?',
  },
  within: { name: 'within', means: 'There is enough evidence that the budget is kept.' },
  exceeded: { name: 'exceeded', means: 'There is enough evidence that the budget is not kept. The build fails.' },
  'budget-interval': {
    name: 'interval of a budget',
    means: 'An interval at the level of this budget, adjusted for all budgets of the run.',
  },
  aa: {
    name: 'A/A run',
    means: 'A run of the baseline against itself. Every difference that it finds is a false alarm.',
    inText: 'A/A runs?',
  },
  slack: {
    name: 'slack',
    means: 'The delay of a step that costs nothing, because something else takes longer.',
    inText: 'slack',
  },
  dose: { name: 'dose', means: 'How long a step was delayed in one boot: by a sleep or by work.' },
  arrives: { name: 'arrives', means: 'The part of the delay by which the boot became slower.' },
  noise: {
    name: 'noise',
    means: 'How much boots differ when nothing is changed. A smaller difference means nothing.',
    inText: 'noise',
  },
  reference: {
    name: 'pinned reference',
    means:
      'The image that every night boots beside its own image, so that effects of host, region and hour cancel out.',
    inText: 'pinned reference',
  },
  level: { name: 'level', means: 'The typical ratio to the reference between two changes.' },
  'night-noise': { name: 'noise of nights', means: 'How far nights vary around their level.' },
  withdrawn: {
    name: 'withdrawn',
    means: 'A reported change that later nights did not confirm.',
    inText: 'withdrawn',
  },
  undone: { name: 'undone', means: 'A later change reversed more than half of this change.', inText: 'undone' },
  'second-opinion': {
    name: 'second opinion',
    means: 'The place of the step according to another method (PELT). It agrees within two runs.',
    inText: 'second opinion',
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type Term = keyof typeof GLOSSARY;

export const isTerm = (word: string): word is Term => Object.hasOwn(GLOSSARY, word);

const TERMS = Object.entries(GLOSSARY) as [Term, Entry][];
const IN_TEXT = TERMS.flatMap(([id, { inText }]) => (inText === undefined ? [] : [[id, inText] as const]));
const ANY = new RegExp(`\\b(?:${IN_TEXT.map(([, form]) => form).join('|')})\\b`, 'g');
const PATTERNS = IN_TEXT.map(([id, form]) => [id, new RegExp(`^${form}$`)] as const);

/** The words with a dotted line, as a link to their sentence. The page's script shows the sentence beside the word. */
export const term = (id: Term, words: Html | string = GLOSSARY[id].name): Html =>
  html`<a class="term" href="#term-${id}" aria-describedby="term-${id}">${words}</a>`;

/** Text that explains each term at its first use. */
export function explained(text: string): Html {
  const told = new Set<Term>();
  const pieces: (Html | string)[] = [];
  let end = 0;
  for (const { 0: words, index } of text.matchAll(ANY)) {
    const id = PATTERNS.find(([, form]) => form.test(words))?.[0];
    if (id === undefined || told.has(id)) continue;
    told.add(id);
    pieces.push(text.slice(end, index), term(id, words));
    end = index + words.length;
  }
  return html`${[...pieces, text.slice(end)]}`;
}

/** The list at the end of a page: the terms of its text. On paper, this list explains them. */
export function termsSection({ markup }: Html): Html {
  const used = new Set([...markup.matchAll(/href="#term-([a-z0-9-]+)"/g)].map(([, id]) => id));
  const entries = TERMS.filter(([id]) => used.has(id));
  if (entries.length === 0) return NOTHING;
  return html`
<section id="terms" aria-labelledby="terms-title"><h2 id="terms-title">Terms</h2>
<dl class="terms">${entries.map(([id, { name, means }]) => html`<div><dt>${name}</dt><dd id="term-${id}">${means}</dd></div>`)}</dl></section>`;
}
