/** JSON Schemas of the files and answers that other programs read and write, generated from the code's own schemas. */
import * as z from 'zod';
import { Alert } from '../model/alert.ts';
import { ArtifactIndex, BootRecord, Outcome } from '../model/boot.ts';
import { Comparison } from '../model/comparison.ts';
import { HistoryLine } from '../model/history.ts';
import { toJson } from '../model/json.ts';
import {
  AlertOutput,
  CacheOutput,
  CalibrateOutput,
  CommentOutput,
  ConfirmOutput,
  DoctorOutput,
  GcOutput,
  ImageOutput,
  ImportOutput,
  PlanOutput,
  RecordOutput,
  ReportOutput,
  ScenariosOutput,
} from '../model/json-output.ts';
import { Profile } from '../model/profile.ts';
import { JournalEntry, Run } from '../model/run.ts';
import { Samples } from '../model/samples.ts';
import { Trend } from '../model/trend.ts';
import { providerKinds } from '../providers/registry.ts';
import { scenarioSchema } from './scenario-schema.ts';

const FILES: Readonly<Record<string, z.ZodType>> = {
  'run.schema.json': Run,
  'journal.schema.json': JournalEntry,
  'outcome.schema.json': Outcome,
  'artifacts.schema.json': ArtifactIndex,
  'record.schema.json': BootRecord,
  'samples.schema.json': Samples,
  'comparison.schema.json': Comparison,
  'history.schema.json': HistoryLine,
  'trend.schema.json': Trend,
  'alert.schema.json': Alert,
  'profile.schema.json': Profile,
};

/** By command. `run`, `compare` and `merge` print comparison.json, and `trend` prints what its own schema says. */
const ANSWERS: Readonly<Record<string, z.ZodType>> = {
  alert: AlertOutput,
  cache: CacheOutput,
  calibrate: CalibrateOutput,
  comment: CommentOutput,
  confirm: ConfirmOutput,
  doctor: DoctorOutput,
  gc: GcOutput,
  'image-build': ImageOutput,
  import: ImportOutput,
  plan: PlanOutput,
  record: RecordOutput,
  report: ReportOutput,
  scenarios: ScenariosOutput,
};

/** File name and content of each schema. */
export function schemaFiles(): Map<string, string> {
  const answers = Object.entries(ANSWERS).map(
    ([command, schema]) => [`answer-${command}.schema.json`, schema] as const,
  );
  const messages = providerKinds().flatMap((kind) => Object.entries(kind.messages ?? {}));
  const files = [...Object.entries(FILES), ...answers, ...messages].map(
    ([name, schema]) => [name, toJson(z.toJSONSchema(schema, { io: 'input' }))] as const,
  );
  return new Map([...files, ['scenario.schema.json', scenarioSchema()]]);
}
