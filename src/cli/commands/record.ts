/** `bench record`: reads the raw artifacts of one boot, or of all boots of a run, again. */
import type { BootRecord } from '../../model/boot.ts';
import type { JsonOutput, RecordOutput } from '../../model/json-output.ts';
import { record } from '../../stages/record.ts';
import { EXIT } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

type RecordOptions = { readonly json?: boolean; readonly explain?: string };

export async function command(world: CliWorld, name: string, options: RecordOptions): Promise<number> {
  const { single, boots } = await record(name, options.explain, world);
  const records: BootRecord[] = [];
  for await (const { record: read, explained } of boots) {
    records.push(read);
    const text = explained ?? (options.json ? undefined : summary(read));
    if (text !== undefined) world.stdout.write(`${printable(text, explained !== undefined)}\n`);
  }
  const [only] = records;
  if (options.json) world.stdout.write(json<JsonOutput<typeof RecordOutput>>(single && only ? only : records));
  return EXIT.fine;
}

function summary({ boot, outcome, failure, events, spans, warnings, broken }: BootRecord): string {
  if (outcome === 'failed') return `${boot.id}  failed at ${failure?.stage}: ${failure?.message}`;
  const state = broken.length > 0 ? `broken: ${broken.join('; ')}` : 'booted';
  return `${boot.id}  ${state}; ${events.length} events, ${spans.length} spans, ${warnings.length} warnings`;
}
