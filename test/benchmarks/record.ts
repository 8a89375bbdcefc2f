/**
 * `npm run bench:record`: measures how long reading the artifacts takes. One boot with a journal of 50 MB (aim: 3 s, 400 MB), and a
 * thousand ordinary boots (300 units, 2,000 journal lines, 40 provisioning steps; aim: 30 s). The aims apply to processor time over
 * all threads of this process; on an idle machine, that is at least the wall time. Exits 1 when it misses an aim.
 */
import { toJson } from '../../src/model/json.ts';
import { recordBoot } from '../../src/stages/derive/record.ts';
import { ORDINARY, SYNTHETIC_SCENARIO, syntheticBoot, syntheticOutcome } from '../support/synthetic-boot.ts';

const MEGABYTE = 1e6;
const BOOTS = 1_000;
/** The loop reads different boots in turn, so that no cache carries over from one to the next. */
const KINDS = 20;
let missed = 0;

function judge(what: string, value: number, most: number, unit: string): void {
  if (value > most) missed += 1;
  console.log(`${what}: ${value.toFixed(1)} ${unit} (aim: ${most})${value > most ? '  MISSED' : ''}`);
}

function record(raw: ReadonlyMap<string, Uint8Array>): string {
  return toJson(
    recordBoot({ outcome: syntheticOutcome('0001-before'), raw, scenario: SYNTHETIC_SCENARIO, tool: 'bench' }),
  );
}

function ordinaryBoots(): void {
  const boots = Array.from({ length: KINDS }, (_, index) => syntheticBoot(ORDINARY, index + 1));
  const begun = performance.now();
  const before = process.cpuUsage();
  let written = 0;
  for (let index = 0; index < BOOTS; index += 1) {
    const boot = boots[index % KINDS];
    // The parsers cache results by their input bytes, so every boot gets its own copy.
    if (boot) written += record(new Map([...boot.raw].map(([path, bytes]) => [path, bytes.slice()]))).length;
  }
  const used = process.cpuUsage(before);
  const kilobytes = ((boots[0]?.bytes ?? 0) / 1000).toFixed(0);
  console.log(`${BOOTS} ordinary boots of ${kilobytes} kB, records of ${(written / BOOTS / 1000).toFixed(0)} kB`);
  judge('  of the processor', (used.user + used.system) / 1e6, 30, 's');
  console.log(`  by the clock: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

function largeJournal(): void {
  const lines = (50 * MEGABYTE) / 330;
  const { raw } = syntheticBoot({ units: 300, journalLines: Math.ceil(lines), tasks: 40 }, 1);
  const megabytes = (raw.get('journal/boot.jsonl')?.length ?? 0) / MEGABYTE;
  globalThis.gc?.();
  const begun = performance.now();
  const before = process.cpuUsage();
  const length = record(raw).length;
  const used = process.cpuUsage(before);
  console.log(
    `one boot with a journal of ${megabytes.toFixed(0)} MB, ${Math.ceil(lines)} lines; a record of ${(length / 1000).toFixed(0)} kB`,
  );
  judge('  of the processor', (used.user + used.system) / 1e6, 3, 's');
  console.log(`  by the clock: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

// The journal first: peak memory belongs to the whole process, so the thousand boots must come after that measurement.
largeJournal();
judge('  peak memory, with the journal itself and Node', process.resourceUsage().maxRSS / 1000, 400, 'MB');
ordinaryBoots();
process.exitCode = missed === 0 ? 0 : 1;
