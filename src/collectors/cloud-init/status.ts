/**
 * cloud-init's own result for the boot, with the times of each stage. /run/cloud-init/status.json has it below `v1`;
 * `cloud-init status --format json` and `--format yaml` have it at the top level.
 */
import { isObject } from '../../model/json.ts';
import type { Evidence } from '../../model/timeline.ts';
import { type Us, us } from '../../model/units.ts';
import { evidenceOf, jsonObjects } from '../reading/json-text.ts';
import { linesOf } from '../reading/lines.ts';

export interface CloudInitStatus {
  readonly datasource: string | undefined;
  /** The stage that has not finished, as the file names it. */
  readonly running: string | undefined;
  /** Start and finish of each stage, in seconds since 1970. */
  readonly stages: readonly StageTimes[];
  readonly errors: readonly { readonly stage: string; readonly text: string; readonly evidence: Evidence }[];
}

export interface StageTimes {
  readonly name: string;
  readonly startUs: Us;
  readonly finishedUs: Us | undefined;
  readonly evidence: Evidence;
}

const MOST_ERRORS = 20;
const STAGES: Readonly<Record<string, string>> = {
  'init-local': 'init-local',
  init: 'init-network',
  'modules-config': 'modules-config',
  'modules-final': 'modules-final',
};

/** Undefined if the text is no such file. */
export function readStatus(text: string, file: string): CloudInitStatus | undefined {
  for (const object of jsonObjects(text)) {
    const v1 = object.value?.v1 ?? object.value;
    if (!isObject(v1) || !(isObject(object.value?.v1) || 'boot_status_code' in v1 || 'extended_status' in v1))
      return undefined;
    const errors = Object.entries(v1).flatMap(([stage, state]) => {
      const list = isObject(state) && Array.isArray(state.errors) ? state.errors : [];
      return list.map((error: unknown) => ({ stage, text: String(error).slice(0, 200) }));
    });
    return {
      datasource: typeof v1.datasource === 'string' ? v1.datasource.slice(0, 100) : undefined,
      stages: Object.entries(STAGES).flatMap(([key, name]) => timesOf(name, v1[key], evidenceOf(object, key, file))),
      running: typeof v1.stage === 'string' ? v1.stage.slice(0, 40) : undefined,
      // Each look-up of a line searches the whole text.
      errors: errors
        .slice(0, MOST_ERRORS)
        .map((error) => ({ ...error, evidence: evidenceOf(object, error.stage, file) })),
    };
  }
  return undefined;
}

const YAML_STAGE = /^(init-local|init|modules-config|modules-final):\s*$/;
const YAML_TIME = /^ {2,8}(start|finished): (\d{1,10}(?:\.\d{1,9})?)\s*$/;

/** The same from `--format yaml`: two times for each stage. */
export function readYamlStatus(text: string, file: string): readonly StageTimes[] {
  const found = new Map<string, { times: Record<string, number>; evidence: Evidence }>();
  let current: Record<string, number> | undefined;
  for (const { text: line, number } of linesOf(text)) {
    const [, stage] = YAML_STAGE.exec(line) ?? [];
    if (stage !== undefined) {
      current = {};
      found.set(stage, { times: current, evidence: { file, line: number } });
    } else if (/^\S/.test(line)) current = undefined;
    const [, key, seconds] = YAML_TIME.exec(line) ?? [];
    if (current !== undefined && key !== undefined) current[key] = Number(seconds);
  }
  return [...found].flatMap(([stage, { times, evidence }]) => timesOf(STAGES[stage] ?? stage, times, evidence));
}

/** A stage that has not begun has null; a running stage has only a start. Seconds have seven decimal places. */
function timesOf(name: string, stage: unknown, evidence: Evidence): StageTimes[] {
  if (!isObject(stage)) return [];
  const at = (seconds: unknown) =>
    typeof seconds === 'number' && seconds > 0 && seconds < 1e10 ? us(Math.round(seconds * 1e6)) : undefined;
  const startUs = at(stage.start);
  return startUs === undefined ? [] : [{ name, startUs, finishedUs: at(stage.finished), evidence }];
}
