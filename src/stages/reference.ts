/** `bench run --update-reference`: makes the candidate the pinned reference, in the scenario's own file, for a user to review. */
import { moveReference } from '../store/scenario-reference.ts';
import type { Findings } from './derive/findings.ts';
import { exactImage, pinnedSource } from './history/images.ts';

/** `stays`: the candidate did not pass. */
export type ReferenceMove =
  | { readonly kind: 'moved'; readonly before: string | undefined; readonly after: string }
  | { readonly kind: 'stays'; readonly variant: string };

/** Never to a candidate that failed. */
export async function updateReference(
  { run, samples }: Findings,
  scenarioFile: string,
  passed: boolean,
): Promise<ReferenceMove> {
  const variant = samples.candidates[0] ?? '';
  const image = run && exactImage(run, variant);
  const variants = (run?.scenario.variants ?? {}) as Record<string, { readonly image?: unknown }>;
  if (!passed || image === undefined) return { kind: 'stays', variant };
  const { before, after } = await moveReference(
    scenarioFile,
    pinnedSource({ image, source: variants[variant]?.image }),
  );
  return { kind: 'moved', before, after };
}
