import type { Surroundings } from '../surroundings.ts';
export async function command(_w: Surroundings): Promise<number> {
  return 0;
}
