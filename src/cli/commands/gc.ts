/** `bench gc`: what killed runs left in a subscription; deleted with --yes. */

import { AzureOptions } from '../../model/azure.ts';
import { usageError } from '../../model/errors.ts';
import { collectGarbage, type GcItem } from '../../stages/gc.ts';
import { EXIT } from '../exit.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../text.ts';

interface GcOptions {
  readonly subscription?: string;
  readonly credentials: string;
  readonly cloud: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly offline?: boolean;
  readonly json?: boolean;
}

export async function command(world: Surroundings, options: GcOptions): Promise<number> {
  const { cloud, credentials } = AzureOptions.shape;
  const chosen = { cloud: cloud.safeParse(options.cloud), credentials: credentials.safeParse(options.credentials) };
  if (!chosen.cloud.success) throw usageError(`--cloud ${options.cloud}: public, us-government or china.`);
  if (!chosen.credentials.success) throw usageError(`--credentials ${options.credentials}: no such kind.`);
  const items = await collectGarbage(
    {
      cloud: chosen.cloud.data,
      credentials: chosen.credentials.data,
      remove: options.yes === true,
      all: options.all === true,
      offline: options.offline === true,
      ...(options.subscription && { subscription: options.subscription }),
    },
    { ...world, progress: (line) => world.stderr.write(`${line}\n`) },
    world.signal,
  );
  world.stdout.write(options.json ? `${JSON.stringify(items, null, 2)}\n` : text(items, options.yes === true));
  return items.some(({ state }) => state === 'failed') ? EXIT.world : EXIT.fine;
}

function text(items: readonly GcItem[], removed: boolean): string {
  if (items.length === 0) return 'Nothing is left.\n';
  const width = Math.max(...items.map(({ group }) => group.length));
  const due = items.filter(({ state }) => state === 'due').length;
  const last = !removed && due > 0 ? `\n${due} to delete: bench gc --yes\n` : '';
  return `${items.map((item) => line(item, width)).join('\n')}\n${last}`;
}

function line({ state, group, machines, resources, costPerDay, note }: GcItem, width: number): string {
  const cost = costPerDay === undefined ? '' : `, about USD ${costPerDay.toFixed(2)} a day`;
  const why = note === undefined ? '' : `: ${printable(note)}`;
  return `${state.padEnd(7)}  ${printable(group).padEnd(width)}  ${machines} machines, ${resources} resources${cost}${why}`;
}
