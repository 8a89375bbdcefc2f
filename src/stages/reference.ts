/** `bench run --update-reference`: the candidate becomes the pinned reference, in the scenario's own file, for a user to review. */
import { moveReference } from '../store/scenario-reference.ts';
import type { Findings } from './derive/findings.ts';
import { exactImage, pinnedSource } from './history/images.ts';

/** `stays`: the candidate has not passed. */
export type ReferenceMove =
  | { readonly kind: 'moved'; readonly before: string | undefined; readonly after: string }
  | { readonly kind: 'stays'; readonly variant: string };

/** Never to one that failed. */
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
