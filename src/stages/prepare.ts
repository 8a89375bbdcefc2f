/** Makes this computer ready for a scenario before anything is measured. */
import { isQemu, type Scenario } from '../model/scenario.ts';

export interface PrepareWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function prepareComputer(scenario: Scenario, world: PrepareWorld): Promise<void> {
  if (!isQemu(scenario)) return;
  const [{ requirements }, { installMissing }] = await Promise.all([
    import('../providers/qemu/requirements.ts'),
    import('../providers/qemu/packages.ts'),
  ]);
  await installMissing(await requirements(world.environment, scenario), world);
}
