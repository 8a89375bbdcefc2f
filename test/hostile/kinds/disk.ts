/** Full disks, limits and signals: exit 3 with what and where, and no torn or temporary file left. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { type Attack, check, type Lab, type Result } from '../lab.ts';

const kind = 'disk';

const whole = (lab: Lab) => {
  for (const name of readdirSync(lab.folder, { recursive: true, encoding: 'utf8' })) {
    if (/\.json$/.test(name)) JSON.parse(readFileSync(lab.at(name), 'utf8'));
    check(!/\.tmp$/.test(name), `a temporary file is left: ${name}`);
  }
};

const world = ({ status, stderr }: Result) => {
  check(status === 3, `exit ${status}: ${stderr}`);
  check(/\/|standard output|stdout/.test(stderr), `it does not say where: ${stderr}`);
};

const COMMANDS: Readonly<Record<string, (lab: Lab) => readonly string[]>> = {
  report: (lab) => ['report', lab.sampleRun()],
  record: (lab) => ['record', lab.sampleRun()],
  'report --from-raw': (lab) => ['report', lab.sampleRun(), '--from-raw'],
  merge: (lab) => ['merge', lab.sampleRun(), '--out', 'merged'],
  import: (lab) => ['import', `${lab.sampleRun()}/boots`, '--out', 'out'],
  'history add': (lab) => ['history', 'add', lab.sampleRun(), '--history', 'history'],
};

export const disk: readonly Attack[] = [
  ...Object.entries(COMMANDS).flatMap(([name, prepare]): Attack[] => [
    {
      kind,
      name: `${name} where files may not grow beyond 2 KiB`,
      async run(lab) {
        const result = await lab.bench(prepare(lab), { shell: 'ulimit -f 4' });
        world(result);
        whole(lab);
      },
    },
    {
      kind,
      name: `${name} on a full disk`,
      async run(lab) {
        const command = prepare(lab);
        const { status, stderr } = await lab.bench(command, { shell: FULL });
        check(status === 3, `exit ${status}: ${stderr}`);
        whole(lab);
      },
    },
    {
      kind,
      name: `${name} with few descriptors`,
      long: name !== 'record',
      async run(lab) {
        const { status, stderr } = await lab.bench(prepare(lab), { shell: 'ulimit -n 24' });
        check(status === 3 || status === 0 || status === 1, `exit ${status}: ${stderr}`);
        whole(lab);
      },
    },
  ]),
  {
    kind,
    name: 'standard output is a full disk',
    async run(lab) {
      world(await lab.bench(['compare', lab.sampleRun(), '--json'], { shell: 'exec >/dev/full' }));
    },
  },
  {
    kind,
    name: 'whoever reads standard output stops',
    async run(lab) {
      const { status } = await lab.bench(['compare', lab.sampleRun(), '--json'], { shell: 'exec >&-' });
      check(status !== 70, `exit ${status}`);
    },
  },
  {
    kind,
    name: 'a boot folder that was copied counts once',
    async run(lab) {
      lab.sampleRun();
      const before = await lab.bench(['report', 'run', '--from-raw', '--json']);
      cpSync(lab.at('run/boots/0001-after'), lab.at('run/boots/0099-after'), { recursive: true });
      const after = await lab.bench(['report', 'run', '--from-raw', '--json']);
      const count = (text: string) =>
        JSON.parse(text).metrics?.[0]?.after?.n ?? JSON.parse(text).comparison?.metrics?.[0]?.after?.n;
      check(
        count(before.stdout) === count(after.stdout),
        `${count(before.stdout)} boots became ${count(after.stdout)}`,
      );
      check(
        lab.read('run/report.html').includes('0099-after') ||
          after.stderr.includes('0099-after') ||
          lab.read('run/samples.json').includes('0099-after'),
        'the copy is not named',
      );
    },
  },
];

/** The command on a file system without a free page, in name spaces of its own; exit 99 where it leaves something temporary. */
const FULL = `mkdir full; exec unshare $([ "$(id -u)" = 0 ] || echo --user --map-root-user) --mount sh -c '
mount -t tmpfs -o size=40m none full && cp -r run full/ && cd full && cat /dev/zero >fill 2>/dev/null
"$@"
code=$?
[ -z "$(find . -name "*.tmp")" ] || exit 99
exit $code' sh "$@"`;
