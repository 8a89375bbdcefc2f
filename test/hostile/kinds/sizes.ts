/** Sizes: bench finishes in seconds, or refuses and names the limit; it never hangs. `npm run bench:growth` states the exponents. */
import { type Attack, check, type Lab } from '../lab.ts';

const kind = 'sizes';

const lines = (n: number, of: (index: number) => string): string =>
  `${Array.from({ length: n }, (_, index) => of(index)).join('\n')}\n`;

/** Imports and compares a bundle with this artifact on both sides: no more than a minute or two on a loaded computer. */
const imported = (name: string, file: string, text: () => string, long = false): Attack => ({
  kind,
  name,
  long,
  async run(lab) {
    const content = text();
    for (const variant of ['before', 'after']) lab.write(`logs/${variant}/${file}`, content);
    const { status, stderr } = await lab.bench(['import', 'logs', '--out', 'out']);
    check(
      status === 0 || (status === 2 && /limit|more than|too many|larger/.test(stderr)),
      `exit ${status}: ${stderr.slice(0, 2000)}`,
    );
  },
});

const units = (n: number) =>
  lines(n, (i) => {
    const atUs = 3_500_000 + i;
    return `Id=unit-${i}.service\nNames=unit-${i}.service\nAfter=unit-${i - 1}.service\nLoadState=loaded\nActiveState=active\nSubState=running\nInactiveExitTimestampMonotonic=${atUs}\nActiveEnterTimestampMonotonic=${atUs + 1}\n`;
  });

const MACHINES = 'Startup finished in 1.0s (kernel) + 2.0s (userspace) = 3.0s\n';

export const sizes: readonly Attack[] = [
  imported(
    '20,000 units of blame',
    'analyze-blame.txt',
    () => lines(20_000, (i) => `${i + 1}ms unit-${i}.service`),
    true,
  ),
  imported('braces that nothing closes', 'notes.txt', () => MACHINES + lines(40_000, () => '{')),
  imported('20,000 units', 'raw/systemd/units.show', () => units(20_000), true),
  imported('160,000 units', 'raw/systemd/units.show', () => units(160_000), true),
  imported(
    '160,000 lines of kubelet',
    'raw/aks/kubelet.log',
    () =>
      lines(
        160_000,
        (i) =>
          `Aug 01 07:14:00 n1 kubelet[1]: I0801 07:14:${String(i % 60).padStart(2, '0')}.${String(i).padStart(6, '0')}    1 kubelet_node_status.go:73] "Attempting to register node"`,
      ),
    true,
  ),
  imported(
    '20,000 stages of cloud-init',
    'raw/cloud-init/cloud-init.log',
    () =>
      lines(
        20_000,
        (i) =>
          `2026-08-01 07:13:41,${String(i % 1000).padStart(3, '0')} - handlers.py[DEBUG]: ${i % 2 ? 'finish' : 'start'}: modules-final/config-${i >> 1}: ${i % 2 ? 'SUCCESS: x' : 'x'}`,
      ),
    true,
  ),
  imported(
    '160,000 steps',
    'raw/aks/cluster-provision.log',
    () =>
      lines(160_000, (i) => `+ logs_to_events AKS.CSE.step${i} step${i}\n+ local 'startTime=2026-08-01 07:14:02.000'`),
    true,
  ),
  {
    kind,
    name: 'a text of 160,000 boots',
    long: true,
    async run(lab: Lab) {
      lab.write(
        'notes.txt',
        lines(160_000, (i) => `Startup finished in 1.${i}s (kernel) + 2.0s (userspace) = 3.0s`),
      );
      const { status, stderr } = await lab.bench(['import', 'notes.txt', '--out', 'out']);
      check(status === 2 && /160000 boots/.test(stderr), `exit ${status}: ${stderr}`);
    },
  },
  {
    kind,
    name: 'a history from year 1 to 9999',
    async run(lab: Lab) {
      lab.sampleRun();
      await lab.bench(['history', 'add', 'run', '--history', 'history']);
      const line = JSON.parse(lab.read('history/history.jsonl'));
      const years = [1, 1000, 2026, 9999].map((year) => String(year).padStart(4, '0'));
      lab.write(
        'history/history.jsonl',
        lines(years.length, (i) =>
          JSON.stringify({ ...line, id: `r${i}`, night: `${years[i]}-01-01`, at: `${years[i]}-01-01T00:00:00Z` }),
        ),
      );
      const { status, stderr } = await lab.bench(['trend', 'history']);
      check(status === 0 || status === 2, `exit ${status}: ${stderr}`);
    },
  },
];
