/** `bench plan`: what a run would boot, in which order, for how long, and which effects it could find. */
import type { JsonOutput, PlanOutput } from '../../model/json-output.ts';
import { type Plan, type PlanRequest, plan } from '../../stages/plan.ts';
import { EXIT, exitOfError } from '../exit.ts';
import { json, printable } from '../text.ts';
import type { CliWorld } from '../world.ts';

export async function command(world: CliWorld, options: PlanRequest & { readonly json?: boolean }): Promise<number> {
  return printPlan(await plan(options, world), options, world);
}

/** If the run could not start, its plan already fails. */
export function printPlan(
  { output, text, refused }: Plan,
  options: { readonly json?: boolean },
  { stdout }: CliWorld,
): number {
  stdout.write(options.json ? json<JsonOutput<typeof PlanOutput>>(output) : printable(text, true));
  return refused ? exitOfError(refused) : EXIT.fine;
}
