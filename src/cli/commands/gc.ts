/** `bench gc`: finds what crashed or killed runs left in a subscription, and deletes it on request. */
import type { GcOutput, JsonOutput } from '../../model/json-output.ts';
import { collectNamed, type GcItem } from '../../stages/gc.ts';
import { EXIT } from '../exit.ts';
import { progress } from '../progress/progress.ts';
import { json, printable } from '../text.ts';
import { type CliWorld, columnsOf } from '../world.ts';
import { wrapLines } from '../wrap.ts';

interface GcCommandOptions {
  readonly scenario?: string;
  readonly subscription?: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export async function command(world: CliWorld, options: GcCommandOptions): Promise<number> {
  const display = progress(world);
  const request = {
    ...(options.subscription !== undefined && { subscription: options.subscription }),
    remove: options.yes === true,
    all: options.all === true,
    offline: options.offline === true,
  };
  const found = await collectNamed(options.scenario, request, world, display.line).finally(display.end);
  if (options.json) world.stdout.write(json<JsonOutput<typeof GcOutput>>(found));
  else world.stdout.write(`${wrapLines(printable(text(found, options.yes === true), true), columnsOf(world))}\n`);
  return found.some((item) => item.state === 'failed') ? EXIT.world : EXIT.fine;
}

function text(found: readonly GcItem[], removed: boolean): string {
  if (found.length === 0) return 'Nothing of bench is left to delete.';
  const due = found.filter((item) => item.state === 'due');
  const cost = costText(due.reduce((sum, { costPerDay = 0 }) => sum + costPerDay, 0));
  const price = cost && `${cost} at list price, without disks and addresses`;
  const hint = due.length > 0 && !removed ? [`${due.length} due${price}; delete with --yes`] : [];
  return [...found.map(line), ...nodeLines(found), ...hint].join('\n');
}

/** The nodes are in a cluster, which bench cannot reach. */
function nodeLines(found: readonly GcItem[]): string[] {
  return found.flatMap(({ nodes }) =>
    nodes === undefined
      ? []
      : [
          `Nodes that may remain in the cluster: ${shortList(nodes.names)}. Once the machines are gone, delete those that stay:`,
          `  ${nodes.remove}`,
        ],
  );
}

const shortList = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(' ') : `${names.slice(0, 3).join(' ')} and ${names.length - 3} more`;

function line({ group, inside, state, scenario, machines, deleteAfter, costPerDay, note }: GcItem): string {
  return `${state.padEnd(7)}  ${inside === undefined ? group : `${inside} in ${group}`}  ${scenario}, ${machines} machines${costText(costPerDay)}, due ${deleteAfter}${note === undefined ? '' : `: ${note}`}`;
}

const costText = (perDay: number | undefined): string => (perDay ? `, about ${perDay.toFixed(2)} USD a day` : '');
