/**
 * How fast raw artifacts become records: one boot with a journal of 50 MB, and ordinary boots (300 units, 2,000 journal lines).
 * `node tools/run.js test/benchmarks/record.ts [ordinary boots]`
 */
import { Outcome } from '../../src/model/boot.ts';
import { toJson } from '../../src/model/json.ts';
import { QemuScenario } from '../../src/model/scenario.ts';
import { recordBoot } from '../../src/stages/record.ts';
import { simulatedJournal } from '../collectors/simulated-journal.ts';

const scenario = QemuScenario.parse({
  name: 'benchmark',
  provider: { kind: 'qemu' },
  variants: { before: { image: { file: 'a' } }, after: { image: { file: 'b' } } },
  gates: { 'boot.target': null, 'node.ready': null },
  markers: { serving: { unit: 'containerd.service', match: 'containerd .* booted' } },
});

const outcome = Outcome.parse({
  schema: 'bench/outcome@1',
  boot: { id: '0001-before', variant: 'before', block: 1, machine: 'm', bootKind: 'first' },
  outcome: 'booted',
  machine: {},
  marks: [],
  harness: {},
});

function rawBoot(units: number, lines: number, messageLength: number): Map<string, Uint8Array> {
  const names = Array.from({ length: units }, (_, index) => `unit-${index}.service`);
  const show = names.map((name, index) => {
    const after = names.slice(Math.max(0, index - 12), index).join(' ');
    const [start, end] = [2_000_000 + index * 30_000, 2_000_000 + index * 30_000 + 25_000];
    return `Type=oneshot\nId=${name}\nNames=${name}\nAfter=${after}\nLoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\nUnitFileState=static\nInactiveExitTimestampMonotonic=${start}\nActiveEnterTimestampMonotonic=${end}\n`;
  });
  const target = `Id=multi-user.target\nNames=multi-user.target default.target\nAfter=${names.join(' ')}\nActiveState=active\nInactiveExitTimestampMonotonic=12000000\nActiveEnterTimestampMonotonic=12000000\n`;
  const message = 'x'.repeat(messageLength);
  const journal = simulatedJournal(
    Array.from({ length: lines }, (_, index) => ({ monotonicUs: 1000 + index * 100, unit: 'noise.service', message })),
  );
  const manager = 'UserspaceTimestampMonotonic=1500000\nFinishTimestampMonotonic=13000000\n';
  const texts = {
    'systemd/manager.show': manager,
    'systemd/units.show': `${show.join('\n')}\n${target}`,
    'journal/boot.jsonl': journal,
  };
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

function timed(name: string, work: () => string): void {
  const begun = performance.now();
  const said = work();
  const seconds = ((performance.now() - begun) / 1000).toFixed(2);
  const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
  process.stdout.write(`${name}: ${seconds} s, ${megabytes} MB resident; ${said}\n`);
}

const record = (raw: ReadonlyMap<string, Uint8Array>) =>
  toJson(recordBoot({ outcome, raw, scenario, tool: 'benchmark' }));

const large = rawBoot(300, 170_000, 80);
const megabytes = ((large.get('journal/boot.jsonl')?.length ?? 0) / 1e6).toFixed(1);
(globalThis as { gc?: () => void }).gc?.();
timed(`one boot, ${megabytes} MB of journal`, () => `${record(large).length} bytes of record`);
large.clear();

const boots = Number(process.argv[2] ?? 1000);
const ordinary = rawBoot(300, 2000, 80);
timed(`${boots} ordinary boots`, () => {
  let bytes = 0;
  // A copy each, as every boot has its own artifacts: what is kept for one is of no use to the next.
  for (let boot = 0; boot < boots; boot++)
    bytes += record(new Map([...ordinary].map(([path, content]) => [path, content.slice()]))).length;
  return `${Math.round(bytes / boots)} bytes of record each`;
});
