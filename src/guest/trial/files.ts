/**
 * Files that a machine gets for a trial, none of them in its image: drop-ins under /run, scripts that they call, and a file of
 * stamps that records what they did.
 *
 *   service     ExecStartPre=+dose.sh        `+`: a sandbox may hide /run; if the dose uses up a start timeout, the unit fails
 *   step        BASH_ENV on the unit that runs the provisioning script: steps.sh wraps its steps
 *   others      a oneshot ordered before them (targets, mounts, sockets); devices come by themselves and take no dose
 *   left out    a condition that never holds: units that require it see it as done. They would see a mask as an error.
 *
 * Every trial has steps.sh, without a plan if the trial is about units, and files have few sizes. So the trial's own cost is the same
 * in all boots and cancels. In virtual time, two boots that differ only in the amount of a dose are equal up to where they spend it.
 */
import type { GivenFile } from '../../model/provider.ts';
import { quote } from '../../model/shell-program.ts';
import { type Intervention, taskOfItem, unitOfItem } from '../../model/trial.ts';
import { type Us, us } from '../../model/units.ts';
import DOSE from './dose.sh';
import STEPS from './steps.sh';

const FOLDER = '/run/bench-trial';
/** Every bash that runs provisioning steps sources this file. */
export const STEPS_FILE = `${FOLDER}/steps.sh`;
const UNITS = '/run/systemd/system';
const DROP_IN = '90-bench-trial.conf';
const DEFERRED = 'bench-trial-deferred.service';

export interface TrialPlace {
  /** Unit that runs the provisioning script; undefined where nothing provisions. */
  readonly provisionedBy: string | undefined;
  /** The provider starts that script, and gives it `BASH_ENV` (`STEPS_FILE`): no unit needs it. */
  readonly fromOutside?: boolean;
  /** Deferred units start once this file exists, or after the default target where there is none. */
  readonly readyFile: string | undefined;
}

/** Why an intervention is impossible, in words; undefined if it is possible. */
export function impossible({ action, item }: Intervention, place: TrialPlace): string | undefined {
  const unit = unitOfItem(item);
  if (action === 'inert') return undefined;
  if (unit === undefined) {
    if (taskOfItem(item) === undefined && action !== 'wrap') return `${item} is neither a unit nor a provisioning step`;
    if (!runsSteps(place)) return 'no unit of this boot runs a provisioning script';
    return action === 'mask' ? `${item} is a step: skip it` : undefined;
  }
  if (action === 'skip') return `${item} is a unit: mask it`;
  if (/[/\s]|UUID/.test(unit)) return `the name of ${unit} differs in every boot`;
  return /\.(?:device|slice|scope)$/.test(unit) ? `${unit} appears by itself and starts nothing` : undefined;
}

const runsSteps = ({ provisionedBy, fromOutside }: TrialPlace): boolean =>
  provisionedBy !== undefined || fromOutside === true;

export function trialFiles(interventions: readonly Intervention[], place: TrialPlace): readonly GivenFile[] {
  const numbered = interventions
    .map((intervention, number) => ({ ...intervention, number }))
    .filter((each) => impossible(each, place) === undefined);
  const steps = numbered.filter(({ item, action }) => taskOfItem(item) !== undefined || action === 'wrap');
  const units = numbered.flatMap((each) => {
    const unit = unitOfItem(each.item);
    return unit === undefined || each.action === 'wrap' ? [] : [{ ...each, unit }];
  });
  if (numbered.length === 0) return [];
  return [
    text(`${FOLDER}/dose.sh`, DOSE, 0o755),
    ...units.flatMap(unitFiles),
    ...deferredUnits(
      units.flatMap(({ action, unit }) => (action === 'defer' ? [unit] : [])),
      place,
    ),
    ...(runsSteps(place) ? stepFiles(steps, place) : []),
  ];
}

type Numbered = Intervention & { readonly number: number };

const text = (path: `/run/${string}`, content: string, mode = 0o644): GivenFile => ({
  kind: 'file',
  path,
  mode,
  content,
});

const dropIn = (unit: string, content: string, name = DROP_IN): GivenFile =>
  text(`${UNITS}/${unit}.d/${name}`, filled(content, 256));

/** Pads with a comment up to the next multiple of `size`. */
function filled(content: string, size: number): string {
  const missing = (size - (Buffer.byteLength(content) % size)) % size;
  return missing === 0 ? content : `${content}${'#'.repeat(missing - 1)}\n`;
}

function unitFiles({ unit, action, number, us: length }: Numbered & { readonly unit: string }): GivenFile[] {
  const lengthUs: Us = length ?? us(0);
  if (action === 'inert') return [dropIn(unit, '# No setting: measures the cost of a drop-in\n')];
  if (action === 'mask') return [dropIn(unit, `[Unit]\nConditionPathExists=${FOLDER}/never\n`)];
  if (action === 'defer') return [dropIn(unit, `[Unit]\nConditionPathExists=${FOLDER}/deferred\n`)];
  const command = `/bin/sh ${FOLDER}/dose.sh ${number} ${action} ${seconds(lengthUs)} ${lengthUs * 1000}`;
  if (unit.endsWith('.service')) return [dropIn(unit, `[Service]\nExecStartPre=+${command}\n`)];
  const helper = `bench-trial-${number}.service`;
  const service = `[Unit]\nDefaultDependencies=no\nBefore=${unit}\n\n[Service]\nType=oneshot\nExecStart=${command}\n`;
  return [
    text(`${UNITS}/${helper}`, service),
    { kind: 'link', path: `${UNITS}/${unit}.wants/${helper}`, target: `../${helper}` },
  ];
}

const seconds = (us: Us): string => (us / 1_000_000).toFixed(6);

function deferredUnits(units: readonly string[], { readyFile }: TrialPlace): GivenFile[] {
  if (units.length === 0) return [];
  const wait = readyFile === undefined ? '' : `until [ -e ${quote(readyFile)} ]; do sleep 0.1; done; `;
  const start = `${wait}: >${FOLDER}/deferred; systemctl start --no-block ${units.map(quote).join(' ')}`;
  const script = text(`${FOLDER}/deferred.sh`, `${start}\n`, 0o755);
  const service = `[Unit]\nDefaultDependencies=no\nAfter=default.target\n\n[Service]\nExecStart=/bin/sh ${FOLDER}/deferred.sh\n`;
  return [
    script,
    text(`${UNITS}/${DEFERRED}`, service),
    { kind: 'link', path: `${UNITS}/sysinit.target.wants/${DEFERRED}`, target: `../${DEFERRED}` },
  ];
}

function stepFiles(steps: readonly Numbered[], { provisionedBy, fromOutside }: TrialPlace): GivenFile[] {
  const cases = steps.flatMap(({ item, action, number, us: length }) => {
    const lengthUs: Us = length ?? us(0);
    const task = taskOfItem(item);
    const amount = action === 'sleep' ? ` ${seconds(lengthUs)}` : action === 'spin' ? ` ${lengthUs * 1000}` : '';
    return task === undefined ? [] : [`    ${quote(task)}) bench_do='${number} ${action}${amount}' ;;\n`];
  });
  const plan = `bench_trial() {\n  case $1 in\n${cases.join('')}    *) ;;\n  esac\n}\n`;
  return [
    text(STEPS_FILE, filled(plan + STEPS, 8192)),
    ...(provisionedBy === undefined || fromOutside
      ? []
      : [dropIn(provisionedBy, `[Service]\nEnvironment=BASH_ENV=${STEPS_FILE}\n`, '91-bench-trial-steps.conf')]),
  ];
}
