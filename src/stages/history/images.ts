/** Which images a run booted, to the byte, and the name under which a later run boots exactly the same one. */
import { worldError } from '../../model/errors.ts';
import type { HistorySide } from '../../model/history.ts';
import type { Run } from '../../model/run.ts';

/** Providers record the exact image under this prefix and the variant's name. */
const IMAGE_FACT = 'image.';

export const isImageFact = (key: string): boolean => key.startsWith(IMAGE_FACT);

export const exactImage = ({ facts }: Pick<Run, 'facts'>, variant: string): string | undefined => {
  const fact = facts[`${IMAGE_FACT}${variant}`];
  return fact === undefined ? undefined : String(fact);
};

/** For `image:` of a scenario. An image built from a recipe has no other name: `refuseOtherImages` checks whether it is still the same. */
export function pinnedSource({ image, source }: Pick<HistorySide, 'image' | 'source'>): unknown {
  if (typeof source === 'string') return image;
  if (typeof source !== 'object' || source === null) return source;
  if ('id' in source) {
    const { tags: _, ...rest } = source as Record<string, unknown>;
    return { ...rest, id: image };
  }
  return 'file' in source || 'url' in source ? { ...source, sha256: image } : source;
}

/** Before the first boot: checks that the run boots the requested images. */
export function refuseOtherImages(run: Pick<Run, 'facts'>, wanted: Readonly<Record<string, string>>): void {
  for (const [variant, image] of Object.entries(wanted)) {
    const found = exactImage(run, variant);
    if (found !== image)
      throw worldError(
        `The image ${image} (${variant}) cannot be rebuilt: its recipe now gives ${found ?? 'an unknown one'}.`,
        'Keep images as files or in a gallery, so that they can be booted again months later.',
      );
  }
}
