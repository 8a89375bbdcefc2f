/** Raw artifacts of a boot of any size, for measuring speed and not for reading: every kind of line that a node writes. */
import type { Outcome } from '../../src/model/boot.ts';
import { seededRandom } from '../../src/model/random.ts';
import { ImportedScenario } from '../../src/providers/imported.ts';
import { eventFile } from '../collectors/raw.ts';

const EPOCH_US = 1_785_568_416_000_000;

export interface BootSize {
  readonly units: number;
  readonly journalLines: number;
  readonly tasks: number;
}

export const ORDINARY: BootSize = { units: 300, journalLines: 2_000, tasks: 40 };

const stampText = (us: number): string => new Date(us / 1000).toISOString().replace('T', ' ').slice(0, 23);

function manager(): string {
  return [
    'InitRDTimestampMonotonic=1500000',
    'UserspaceTimestampMonotonic=3500000',
    'FinishTimestampMonotonic=28500000',
  ]
    .concat('LoaderTimestampMonotonic=0', 'FirmwareTimestampMonotonic=0', 'Version=257', 'NJobs=0', '')
    .join('\n');
}

function units(count: number, random: ReturnType<typeof seededRandom>): string {
  const blocks = Array.from({ length: count }, (_, index) => {
    const start = 3_500_000 + Math.floor((index / count) * 20e6);
    const end = start + random.below(400_000);
    const names = ['kubelet.service', 'containerd.service', 'multi-user.target'];
    const name = names[index - count + names.length] ?? `unit-${index}.service`;
    const after = index === 0 ? '' : `unit-${random.below(index)}.service unit-${index - 1}.service`;
    return [
      `Id=${name}`,
      `Names=${name}${name === 'multi-user.target' ? ' default.target' : ''}`,
      `After=${after}`,
      'LoadState=loaded',
      'ActiveState=active',
      'SubState=running',
      'Result=success',
      'UnitFileState=enabled',
      'NRestarts=0',
      `InactiveExitTimestampMonotonic=${start}`,
      `ActiveEnterTimestampMonotonic=${end}`,
      `ExecMainStartTimestampMonotonic=${start + 10}`,
    ].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function journal(lines: number, random: ReturnType<typeof seededRandom>): string {
  const text: string[] = [];
  for (let index = 0; index < lines; index += 1) {
    const monotonicUs = Math.floor((index / lines) * 40e6);
    const kubelet = random.below(20) === 0;
    const message = kubelet
      ? 'I0801 07:13:50.000000    5528 kubelet.go:1] "SyncLoop"'
      : `message ${index} ${'x'.repeat(random.below(200))}`;
    text.push(
      JSON.stringify({
        __CURSOR: `s=1;i=${index}`,
        __REALTIME_TIMESTAMP: String(EPOCH_US + monotonicUs),
        __MONOTONIC_TIMESTAMP: String(monotonicUs),
        _TRANSPORT: 'stdout',
        _SYSTEMD_UNIT: kubelet ? 'kubelet.service' : `unit-${random.below(300)}.service`,
        SYSLOG_IDENTIFIER: 'unit',
        PRIORITY: '6',
        MESSAGE: message,
      }),
    );
  }
  return `${text.join('\n')}\n`;
}

/** Another seed is another boot of the same machine. */
export function syntheticBoot(size: BootSize, seed: number): { raw: Map<string, Uint8Array>; bytes: number } {
  const random = seededRandom(seed);
  const texts: [string, string][] = [
    ['systemd/manager.show', manager()],
    ['systemd/units.show', units(size.units, random)],
    ['journal/boot.jsonl', journal(size.journalLines, random)],
    ['clock/guest.txt', `realtime_ns=${EPOCH_US + 41e6}000\nzone=+0000\nuptime_s=41.00\n`],
  ];
  for (let index = 0; index < size.tasks; index += 1) {
    const startUs = EPOCH_US + 10e6 + index * 400_000;
    const text = eventFile(`AKS.CSE.step${index}`, stampText(startUs), stampText(startUs + random.below(390_000)));
    texts.push([`guest-agent/events/${1_785_568_426_000 + index}.json`, text]);
  }
  const raw = new Map(texts.map(([path, text]) => [path, new TextEncoder().encode(text)]));
  return { raw, bytes: [...raw.values()].reduce((sum, { length }) => sum + length, 0) };
}

export const SYNTHETIC_SCENARIO = ImportedScenario.parse({
  name: 'synthetic',
  provider: { kind: 'import' },
  variants: { before: {}, after: {} },
});

export const syntheticOutcome = (id: string): Outcome => ({
  schema: 'bench/outcome@1',
  boot: { id, variant: 'before', block: 1, machine: id, bootKind: 'first' },
  outcome: 'booted',
  machine: {},
  marks: [],
  harness: {},
  warnings: [],
});
