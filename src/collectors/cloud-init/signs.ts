/** Patterns that recognise cloud-init's files and output. */
import type { Sign } from '../../model/collector.ts';

const LOG_LINE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d+ - [\w.-]+\[[A-Z]+\]: /;

export const CLOUD_INIT_SIGNS: readonly Sign[] = [
  { raw: 'cloud-init/analyze-dump.json', names: ['analyze-dump.json'], json: /"event_type"\s*:\s*"(?:start|finish)"/ },
  {
    raw: 'cloud-init/status.json',
    path: /(?:^|\/)run\/cloud-init\/status\.json$|cat_\.run\.cloud-init\.status\.json$/,
    json: /^\s*\{\s*"v1"\s*:\s*\{[\s\S]*"(?:stage|start|finished)"\s*:|"(?:boot_status_code|extended_status)"\s*:/,
  },
  {
    raw: 'cloud-init/status.txt',
    // YAML has the keys in alphabetical order, with the status last.
    line: /^(?:status: (?:done|error|running|disabled|not started|not run|degraded done)|boot_status_code: )/,
    next: /^(?:extended_status|boot_status_code|last_update|detail|datasource|errors|recoverable_errors|schemas|stage|init|init-local|modules-config|modules-final):|^ {2,8}(?:- )?[\w'-]+: ?|^- |^\.\.\.$/,
  },
  {
    raw: 'cloud-init/cloud-init-output.log',
    names: ['cloud-init-output.log'],
    line: /^\s*Cloud-init v\. \S{1,60} (?:running|finished)/,
    next: /^ci-info: |^\d{4}-\d\d-\d\d \S{8,15} - [\w.-]+\[(?:WARNING|ERROR)\]: /,
  },
  { raw: 'cloud-init/cloud-init.log', names: ['cloud-init.log'], line: LOG_LINE },
  {
    raw: 'cloud-init/analyze-boot.txt',
    line: /^[ \t]{0,80}-- Most Recent (?:Container )?Boot Record --/,
    next: /^[ \t]{1,80}\S.{0,200}: /,
  },
  {
    raw: 'cloud-init/analyze-show.txt',
    line: /^[ \t]{0,80}(?:Starting|Finished) stage: |^[ \t|`]{0,80}->.{1,400} @\d|^[ \t]{0,80}-- Boot Record \d/,
    next: /^[ \t]{0,80}(?:Total Time: |\d+ boot records|The (?:total )?time )/,
  },
  {
    raw: 'cloud-init/analyze-blame.txt',
    line: /^[ \t]{0,80}\d{1,9}\.\d{1,6}s \([\w.-]+\/[\w./-]+\)[ \t]*$/,
  },
];
