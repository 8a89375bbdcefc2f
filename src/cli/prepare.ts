/** temporary */
import type { Scenario } from '../model/scenario.ts';
import type { Surroundings } from './surroundings.ts';
export async function prepareMachine(
  _scenario: Scenario,
  _say: (line: string) => void,
  _world: Surroundings,
): Promise<void> {}
