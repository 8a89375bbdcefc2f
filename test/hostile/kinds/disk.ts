/** Full disks, limits and signals: exit 3 with problem and place; no torn or temporary file remains. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { type Attack, check, type Lab, type Result } from '../lab.ts';
import { CALLED, type Called } from './disk-commands.ts';

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

/** In separate name spaces, so that a test can mount a file system over a folder; exits 99 where a temporary file remains. */
const within = (mounts: string) => `exec unshare $([ "$(id -u)" = 0 ] || echo --user --map-root-user) --mount sh -c '
${mounts}
"$@"
code=$?
[ -z "$(find . "$TMPDIR" -name "*.tmp")" ] || exit 99
exit $code' sh "$@"`;

const READ_ONLY = within(`for place in . "$TMPDIR"; do
  mount --bind "$place" "$place" && mount -o remount,bind,ro "$place"
done
cd "$PWD"`);

/** Without a free page, both for results and for temporary files. */
const FULL = within(`mkdir full && mount -t tmpfs -o size=40m none full
tar cf - --exclude=./full . | tar xf - -C full
mount -t tmpfs -o size=4k none "$TMPDIR"
cd full; cat /dev/zero >fill 2>/dev/null; cat /dev/zero >"$TMPDIR/fill" 2>/dev/null`);

const HINDRANCES: Readonly<Record<string, string>> = {
  'where files may not grow': 'ulimit -f 0',
  'on a read-only disk': READ_ONLY,
  'on a full disk': FULL,
  'with few descriptors': 'ulimit -n 34',
};

/** The hindrance that the tests combine with each command; `npm run hostile` runs all of them. */
const IN_SHORT = 'where files may not grow';

const hindered = ([name, { args, onlyPrints }]: readonly [string, Called]): Attack[] =>
  Object.entries(HINDRANCES).map(([how, shell]) => ({
    kind,
    name: `${name} ${how}`,
    long: how !== IN_SHORT || onlyPrints === true,
    async run(lab) {
      const result = await lab.bench(await args(lab), { shell });
      check(!/node:internal|\n +at /.test(result.stderr), `a stack trace: ${result.stderr}`);
      check(result.status !== 99, 'a temporary file is left');
      // Even with so few descriptors, some commands succeed.
      if (onlyPrints !== true && (how !== 'with few descriptors' || result.status === 3)) world(result);
      whole(lab);
    },
  }));

export const disk: readonly Attack[] = [
  ...Object.entries(CALLED).flatMap(hindered),
  {
    kind,
    name: 'too few descriptors for the program itself',
    async run(lab) {
      world(await lab.bench(['scenarios'], { shell: 'ulimit -n 22' }));
    },
  },
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
    name: 'a boot that was copied under another id counts once',
    async run(lab) {
      lab.sampleRun();
      cpSync(lab.at('run/boots/0001-after'), lab.at('run/boots/0099-after'), { recursive: true });
      const outcome = lab.read('run/boots/0099-after/outcome.json');
      lab.write('run/boots/0099-after/outcome.json', outcome.replace('"0001-after"', '"0099-after"'));
      await lab.bench(['report', 'run', '--from-raw']);
      const { boots, warnings } = JSON.parse(lab.read('run/samples.json'));
      check(boots.length === 12, `${boots.length} boots count`);
      check(
        warnings.some((text: string) => text.includes('0099-after')),
        'the copy is not named',
      );
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
