/** /run/cloud-init/status.json: cloud-init's own verdict on the boot, by stage. */
import type { Evidence } from '../../model/timeline.ts';
import { evidenceOf, isObject, jsonObjects } from '../reading/json-text.ts';

export interface CloudInitStatus {
  readonly datasource: string | undefined;
  /** A stage that has not finished; the file's own word. */
  readonly running: string | undefined;
  readonly errors: readonly { readonly stage: string; readonly text: string; readonly evidence: Evidence }[];
}

const MOST_ERRORS = 20;

/** Undefined where the text is no such file. */
export function readStatus(text: string, file: string): CloudInitStatus | undefined {
  for (const object of jsonObjects(text)) {
    const v1 = object.value?.v1;
    if (!isObject(v1)) return undefined;
    const errors = Object.entries(v1).flatMap(([stage, state]) => {
      const list = isObject(state) && Array.isArray(state.errors) ? state.errors : [];
      return list.map((error) => ({
        stage,
        text: String(error).slice(0, 200),
        evidence: evidenceOf(object, stage, file),
      }));
    });
    return {
      datasource: typeof v1.datasource === 'string' ? v1.datasource.slice(0, 100) : undefined,
      running: typeof v1.stage === 'string' ? v1.stage.slice(0, 40) : undefined,
      errors: errors.slice(0, MOST_ERRORS),
    };
  }
  return undefined;
}
