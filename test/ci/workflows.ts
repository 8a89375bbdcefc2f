/** Reads the workflows of this repository for tests. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  /** A workflow to call instead of running steps. */
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly Step[];
}

interface Document {
  readonly on: Readonly<Record<string, unknown>> & {
    readonly workflow_call?: { readonly inputs?: object; readonly secrets?: object };
  };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
  /** Inputs of an action. */
  readonly inputs?: Readonly<Record<string, unknown>>;

  readonly runs?: { readonly steps: readonly Step[] };
}

export interface Workflow {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  /** With the name of their job, or `action`. */
  readonly steps: readonly (Step & { readonly job: string })[];
}

function read(file: string): Workflow {
  const text = readFileSync(file, 'utf8');
  const document = parse(text) as Document;
  const jobs: Document['jobs'] = document.runs ? { action: document.runs } : document.jobs;
  const steps = Object.entries(jobs).flatMap(([job, { steps: own = [] }]) => own.map((step) => ({ ...step, job })));
  return { file, text, document, steps };
}

const FOLDER = '.github/workflows';
export const workflows: readonly Workflow[] = readdirSync(FOLDER).map((name) => read(`${FOLDER}/${name}`));
export const action: Workflow = read('action.yml');
