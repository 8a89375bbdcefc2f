/** The report's content, without a browser: its sections, their order, and its size. */
import { describe, expect, test } from 'vitest';
import type { PathSegment } from '../../src/model/boot.ts';
import { metricsOfItem } from '../../src/model/ids.ts';
import { us } from '../../src/model/units.ts';
import { drawInterval, textAxis } from '../../src/render/interval-text.ts';
import { itemTitle } from '../../src/render/items.ts';
import { topRows } from '../../src/render/movers.ts';
import { alignChains } from '../../src/render/page/chains.ts';
import { pathBelow } from '../../src/render/page/parts.ts';
import { stepChanges } from '../../src/render/page/steps.ts';
import { renderReport } from '../../src/render/report.ts';
import { type SyntheticOptions, syntheticRun } from '../support/synthetic-run.ts';

const report = (options: SyntheticOptions = {}) => renderReport(syntheticRun(options));

test('the same input gives the same bytes', async () => {
  expect(await report({ slowerBySeconds: 1 })).toBe(await report({ slowerBySeconds: 1 }));
});

test('the sections follow the order of their importance', async () => {
  const page = await report({ slowerBySeconds: 1 });
  const ids = [...page.matchAll(/<section id="(\w+)"/g)].map((match) => match[1]);
  expect(ids).toEqual(['verdict', 'gates', 'where', 'distributions', 'metrics', 'boots', 'diagnostics', 'terms']);
});

test('failed boots come before any comparison', async () => {
  const page = await report({ failed: { after: 2 } });
  expect(page.indexOf('ready-timeout')).toBeGreaterThan(0);
  expect(page.indexOf('ready-timeout')).toBeLessThan(page.indexOf('id="gates"'));
});

test('the policy allows the style sheet and the script by hash, and nothing else', async () => {
  const page = await report();
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; img-src data:; base-uri 'none'; form-action 'none'$/,
  );
  expect(page).not.toMatch(/ style="| on\w+="/);
});

test('a mark for many boots has no link, a mark for one boot links to it', async () => {
  expect(await report({ blocks: 500, metrics: 2 })).not.toContain('href="null"');
  expect(await report()).toMatch(/<a tabindex="-1" href="#boot-/);
});

test('the report mentions what virtual time and emulation cannot show', async () => {
  const page = await report({ timing: 'virtual' });
  expect(page).toContain('It cannot see real disk and network I/O, cache and memory effects, or parallelism');
  expect(page).toContain('Run on an emulated CPU');
  expect(await report({ timing: 'wall' })).not.toContain('Timed in virtual time');
});

test('boots without interleaving support fewer claims, and the output says it', async () => {
  const page = await report({ interleaved: false, records: false });
  expect(page).toContain('The variants were not interleaved');
  expect(page).toContain('Made from samples only');
  expect(await report()).not.toContain('The variants were not interleaved');
});

test('several candidates are compared with the baseline only, and the output says it', async () => {
  const page = await report({ variants: ['base', 'a', 'b'], slowerBySeconds: 1 });
  expect(page).toContain('is compared with base only; this run does not show');
  expect(page).toContain('2 candidates against base: 2 slower');
});

test('a gate shows what runs of other sizes could find', async () => {
  const page = await report({ blocks: 12, gates: ['node.ready'] });
  expect(page).toContain('Probability that this many blocks detect a change of 5 %, at the spread of this run');
  expect(page).toMatch(/aria-label="node\.ready: 12 blocks detect a change of 5 % in about 65\.1\d* % of runs\."/);
  expect(await report({ blocks: 4 })).not.toContain('Probability that this many blocks');
});

test('a run whose variants all got the same replacement scripts says this', async () => {
  const { run, ...rest } = syntheticRun();
  const facts = { ...run?.facts, 'bootstrap.overwritten': '12, e.g. /opt/azure/containers/provision.sh' };
  const page = await renderReport({ ...rest, run: { ...run, facts } });
  expect(page).toContain('The change under test may be overwritten');
  expect(page).toContain('12, e.g. /opt/azure/containers/provision.sh');
  expect(await renderReport(syntheticRun())).not.toContain('may be overwritten');
});

test('the report says that machines waited for the request of their provisioning, and gives the range of the wait', async () => {
  const run = syntheticRun();
  const records = (run.records ?? []).map((record, index) => ({
    ...record,
    machine: { ...record.machine, provisioningDelayMs: 400 + 100 * index },
  }));
  const page = await renderReport({ ...run, records });
  expect(page).toContain(
    `Provisioning was requested 0.4 to ${(0.3 + records.length / 10).toFixed(1)} s after the machine was created`,
  );
  expect(await renderReport(run)).not.toContain('Provisioning was requested');
});

test('an A/A run and a run with several looks explain what that means', async () => {
  const { run, ...rest } = syntheticRun();
  const look = { blocks: 8, alpha: 0.01, z: 2.9, equivalenceAlpha: 0.01 };
  const page = await renderReport({
    ...rest,
    run: { ...run, aa: true, schedule: { detect: 0.05, looks: [look, { ...look, blocks: 12 }] } },
  });
  expect(page).toContain('is a false alarm of this setup');
  expect(page).toContain('The run checked its samples after 8 and 12 blocks, to stop early for a difference of 5 %');
});

test('A/A runs of the history appear with their rate and each spread; without any, the report says how to get them', async () => {
  const { run, ...rest } = syntheticRun();
  const metrics = [
    { metric: 'node.ready', spread: 0.0312, blocks: 240 },
    { metric: 'gone', spread: null, blocks: 1 },
  ];
  const calibration = { runs: 12, alarms: 1, low: 0.0021, high: 0.384, metrics };
  const page = await renderReport({ ...rest, run: { ...run, calibration } });
  const [text = ''] = page.split('<h3>A/A calibration</h3>').slice(1);
  expect(text.replaceAll('\u00a0', ' ').replaceAll(/<\/?a\b[^>]*>/g, '')).toContain(
    '<p>1 of 12 A/A runs of this scenario gave a false alarm: the rate is 0.2 % to 38 % (95 % Clopper-Pearson interval); the design limit is 5 %.</p>',
  );
  expect(text).toMatch(/href="#metric-node\.ready">.*<td class="n">3\.1\u00a0%<\/td>\n<td class="n">240<\/td>/s);
  expect(text).toMatch(/<th scope="row"><code>gone<\/code><\/th>\n<td class="n">not known/);
  expect(await report()).toMatch(/<h3>A\/A calibration<\/h3><p class="muted">Unknown: .*bench run --aa --history/);
});

test('the report counts planned boots that did not take place', async () => {
  const { samples, ...rest } = syntheticRun({ blocks: 12 });
  const page = await renderReport({ ...rest, samples: { ...samples, boots: samples.boots.slice(0, 20) } });
  expect(page).toContain('4 boots of 24 planned did not run');
});

test('a value links to the lines of the raw files that show it', async () => {
  expect(await report()).toMatch(
    /href="boots\/0001-\w+\/raw\/journal\/boot\.jsonl"><code>raw\/journal\/boot\.jsonl:1881</,
  );
});

test('an odd file name appears as text, not as a link', () => {
  expect(pathBelow(['boots', '0001-before', 'raw', 'a b.log'])).toBe('boots/0001-before/raw/a%20b.log');
  for (const path of ['../x', 'raw/../../x', 'javascript:alert(1)', 'a//b', 'a?b', 'a#b', 'a\\b']) {
    expect(pathBelow(path.split('/')), path).toBeUndefined();
  }
});

describe('beyond 150 boots of a variant', () => {
  test('percentiles represent boots in the drawing, and the output says it', async () => {
    const page = await report({ blocks: 160, gates: ['node.ready'] });
    expect(page).toContain('Each mark is 1 % of a variant&#39;s boots because there are more than 150');
    expect(await report({ blocks: 20 })).not.toContain('Each mark is 1 %');
  });
});

test('the report of a folder with only samples says that there is no run.json', async () => {
  const { samples, comparison } = syntheticRun();
  const page = await renderReport({ samples, comparison });
  expect(page).toContain('These samples have no run.json');
});

describe('attribution rows', () => {
  test('that do not fit add up in one row, so that the sum stays correct', () => {
    const [attribution] = syntheticRun({ slowerBySeconds: 1 }).comparison.attribution;
    if (attribution === undefined) throw new Error('a synthetic run has an attribution');
    const { top, rest } = topRows(attribution, 3, us(0));
    const sum = [...top, ...(rest ? [rest] : [])].reduce((total, row) => total + row.differenceUs, 0);
    expect(top).toHaveLength(3);
    expect(sum).toBeCloseTo(attribution.differenceUs, 3);
  });
});

describe('steps', () => {
  test('that were deferred count as having left the path', () => {
    const changes = stepChanges(syntheticRun({ deferred: true }), 'after', 'node.ready');
    expect(changes).toContainEqual({
      item: 'task:importImages',
      what: 'moved off the path',
      before: '12 of 12',
      after: '0 of 12',
    });
    expect(stepChanges(syntheticRun(), 'after', 'node.ready')).toEqual([]);
  });

  test('that share most words with a removed one are perhaps renamed', () => {
    const run = syntheticRun();
    const records = run.records.map((record) =>
      record.boot.variant === 'after'
        ? {
            ...record,
            spans: record.spans.map((span) =>
              span.name === 'importImages' ? { ...span, name: 'importImagesLate' } : span,
            ),
          }
        : record,
    );
    const [added] = stepChanges({ ...run, records }, 'after', 'node.ready').filter((change) =>
      change.what.startsWith('added'),
    );
    expect(added?.what).toBe('added; perhaps importImages renamed');
  });
});

describe('critical chains', () => {
  const segment = (item: string, at: number): PathSegment => ({ item, kind: 'work', fromUs: us(at), toUs: us(at + 1) });

  test('are aligned by their common items', () => {
    const rows = alignChains(
      [segment('a', 0), segment('b', 1), segment('c', 2)],
      [segment('a', 0), segment('c', 1), segment('d', 2)],
    );
    expect(rows.map((row) => [row.before?.item, row.after?.item])).toEqual([
      ['a', 'a'],
      ['b', undefined],
      ['c', 'c'],
      [undefined, 'd'],
    ]);
  });
});

test('items have readable names, and know the metric that times them', () => {
  expect(itemTitle('unit:containerd.service')).toBe('containerd.service');
  expect(itemTitle('wait:kubelet.service')).toBe('wait before kubelet.service');
  expect(itemTitle('something of another program')).toBe('something of another program');
  expect(metricsOfItem('task:importImages')).toEqual(['cse.importImages']);
});

describe('an interval in text', () => {
  const axis = textAxis([{ estimate: 1.1, low: 1.05, high: 1.15, confidence: 0.95 }], 0.05, 21);

  test('shares an axis with zero and the margin', () => {
    expect(drawInterval({ estimate: 1.1, low: 1.05, high: 1.15, confidence: 0.95 }, axis)).toBe(
      ' ┊   │    ├────●───┤ ',
    );
  });

  test('has an arrow at an unbounded end', () => {
    expect(drawInterval({ estimate: 1.1, low: null, high: null, confidence: 0.95 }, axis)).toMatch(/^◄.*┼.*●.*►$/);
  });
});
