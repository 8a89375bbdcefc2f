/** Files of this computer that a scenario of the local lab names, as it names them. */
import type { ImageBuild, QemuImage, QemuScenario } from './scenario.ts';

export function localFiles({ provider, variants, reference }: QemuScenario): string[] {
  const images = [...Object.values(variants).map(({ image }) => image), ...(reference ? [reference] : [])];
  return [...Object.values(provider.images).flatMap(ofBuild), ...images.flatMap(ofImage)];
}

const ofImage = ({ build, file, userData }: QemuImage): string[] => [
  ...(build ? ofBuild(build) : []),
  ...[file, userData].flatMap((name) => name ?? []),
];

const ofBuild = ({ files, scripts }: ImageBuild): string[] => [...Object.values(files), ...scripts];
