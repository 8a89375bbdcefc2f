/** How it was done, and how to do it again. */
import { assumption } from '../../alone/rows.ts';
import { budgetMethod } from '../../budget-rows.ts';
import { repeatCommand } from '../../caveats.ts';
import { type Html, html, NOTHING, shorten } from '../../escape.ts';
import type { ReportView } from '../../view.ts';

export function method(view: ReportView): Html {
  if (view.isAlone) return methodAlone(view);
  const methods = [...new Set(view.comparison.metrics.filter((row) => row.p !== null).map((row) => row.method))].slice(
    0,
    8,
  );
  const unit = view.isBlocked
    ? 'A block is one boot of every variant, started together in random order under conditions as equal as can be had. Each block gives one comparison, and blocks, not boots, are what is counted.'
    : 'The boots were not interleaved, so they are compared as two groups.';
  return html`<h3>Method</h3>
<p>${unit} The change is estimated as the typical ratio between candidate and baseline. Its interval holds every ratio that the test would not reject, so test, estimate and interval never disagree.</p>
<p>A metric is <em>slower</em> or <em>faster</em> when its adjusted p is at most ${view.comparison.alpha}; it <em>fails the gate</em> only if the slowdown also exceeds the scenario’s minimum effect and floor. It is <em>equivalent</em> when the 90 % interval lies inside the margin. Everything else is <em>inconclusive</em>, which never means “no change”. No outlier is dropped; failed and broken boots are counted, never timed.</p>
<ul class="plain">${methods.map((name) => html`<li>Test: ${name}</li>`)}</ul>`;
}

function methodAlone(view: ReportView): Html {
  const unit = view.isBlocked
    ? 'A block is one fresh machine, and blocks are what is counted.'
    : 'These boots were gathered by others; each counts as one.';
  const budgets = view.budgets.length === 0 ? NOTHING : html`<p>${budgetMethod(view)}</p>`;
  return html`<h3>Method</h3>
<p>${unit} The interval of a quantile ends at two of the values, whose ranks follow from the binomial distribution alone; where n is too small for a bound, there is none. The reboots of one machine are averaged first. No outlier is dropped; failed and broken boots are counted, never timed.</p>
<p>${assumption(view)}</p>${budgets}`;
}

export function provenance(view: ReportView): Html {
  const command = repeatCommand(view);
  const { run, comparison } = view;
  const items: [string, string][] = [
    ['scenario', comparison.scenario],
    ['scenario sha256', comparison.scenarioSha256 ?? view.samples.scenarioSha256 ?? 'unknown'],
    ['seed', String(comparison.seed)],
    ...(run === undefined
      ? []
      : ([
          ['run', run.id],
          ['made', run.createdAt],
          ['tool', run.tool],
        ] as [string, string][])),
    ...Object.entries(run?.facts ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  ];
  return html`<h3>Repeat it</h3>${command === undefined ? html`<p class="muted">There is no run.json beside these samples, so the command is not known.</p>` : html`<pre tabindex="0"><code>${command}</code></pre>`}<dl class="facts">${items.map(([key, value]) => html`<div><dt>${key}</dt><dd>${shorten(value, 160)}</dd></div>`)}</dl>`;
}
