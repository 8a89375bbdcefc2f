/** Checks that the three programs exist and that `list` answers. Makes no machine. */
import type { CheckResult } from '../../model/check-result.ts';
import { BenchError } from '../../model/errors.ts';
import type { AskWorld } from '../../model/preflight.ts';
import { checkProgram } from '../any/program.ts';
import { redactor } from '../any/redact.ts';
import { programsOf } from './programs.ts';
import type { CommandScenario } from './scenario.ts';

export async function examinePrograms(
  { provider }: CommandScenario,
  { environment, scenarioFolder, signal }: AskWorld,
): Promise<CheckResult[]> {
  const world = { folder: scenarioFolder, environment };
  const programs = await Promise.all(
    (['create', 'destroy', 'list'] as const).map((name) =>
      finding(name, async () => {
        await checkProgram(`provider.${name}`, provider[name], world);
        return provider[name].join(' ');
      }),
    ),
  );
  if (programs.some(({ state }) => state === 'missing')) return programs;
  const answer = await finding('list answers', async () => {
    const machines = await programsOf(provider, world, redactor(environment)).list(undefined, signal);
    return machines.length === 0
      ? 'no machines of bench'
      : `${machines.length} machines of bench exist: bench gc --scenario lists and deletes them`;
  });
  return [...programs, answer];
}

async function finding(check: string, look: () => Promise<string>): Promise<CheckResult> {
  try {
    return { check, state: 'ok', says: await look() };
  } catch (cause) {
    if (!(cause instanceof BenchError)) throw cause;
    return { check, state: 'missing', says: cause.message, ...(cause.hint && { todo: cause.hint }) };
  }
}
