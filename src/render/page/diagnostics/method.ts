/** The method, and how to repeat it. */
import { assumption } from '../../alone/rows.ts';
import { budgetMethod } from '../../budget-rows.ts';
import { repeatCommand } from '../../caveats.ts';
import { type Html, html, NOTHING, shorten } from '../../escape.ts';
import { explained, term } from '../../glossary.ts';
import type { ReportView } from '../../view.ts';

export function method(view: ReportView): Html {
  if (view.isAlone) return methodAlone(view);
  const methods = [...new Set(view.comparison.metrics.filter((row) => row.p !== null).map((row) => row.method))].slice(
    0,
    8,
  );
  const unit = view.isBlocked
    ? 'A block is one boot of every variant, started together in random order under conditions as equal as possible. Each block gives one comparison, so the sample size is the number of blocks, not of boots.'
    : 'The boots were not interleaved, so the method compares them as two groups.';
  return html`<h3>Method</h3>
<p>${explained(`${unit} The estimate of the change is the typical ratio of candidate to baseline. Its interval contains every ratio that the test would not reject, so test, estimate and interval never disagree.`)}</p>
<p>A metric is <em>${term('slower')}</em> or <em>${term('faster')}</em> when its adjusted ${term('p')} is at most ${view.comparison.alpha}; it <em>fails the gate</em> only if the slowdown also exceeds the scenario’s ${term('minimum-effect')} and floor. It is <em>${term('equivalent')}</em> when the 90 % interval lies inside the ${term('margin', 'margin')}. Everything else is <em>${term('inconclusive')}</em>, which does not mean “no change”. No outlier is dropped; failed and broken boots are counted, never timed.</p>
<ul class="plain">${methods.map((name) => html`<li>Test: ${name}</li>`)}</ul>`;
}

function methodAlone(view: ReportView): Html {
  const unit = view.isBlocked
    ? 'A block is one fresh machine; the sample size is the number of blocks.'
    : 'These boots were imported; each counts as one.';
  const budgets = view.budgets.length === 0 ? NOTHING : html`<p>${budgetMethod(view)}</p>`;
  return html`<h3>Method</h3>
<p>${unit} The interval of a quantile ends at two of the measured values; the binomial distribution gives their ranks. If n is too small for a bound, there is none. The reboots of one machine are averaged first. No outlier is dropped; failed and broken boots are counted, never timed.</p>
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
  return html`<h3>Repeat it</h3>${command === undefined ? html`<p class="muted">${run === undefined ? 'These samples have no run.json, so the command is unknown.' : 'These boots were imported: bench cannot boot them again. Run bench import on the same files to repeat the analysis.'}</p>` : html`<pre tabindex="0"><code>${command}</code></pre>`}<dl class="facts">${items.map(([key, value]) => html`<div><dt>${key}</dt><dd>${shorten(value, 160)}</dd></div>`)}</dl>`;
}
