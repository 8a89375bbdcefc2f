/** All attacks, by kind: what a guest, an artifact, a run folder, a scenario, an archive or a history may try. */
import { addresses } from './kinds/addresses.ts';
import { archives } from './kinds/archives.ts';
import { containment } from './kinds/containment.ts';
import { disk } from './kinds/disk.ts';
import { files } from './kinds/files.ts';
import { names } from './kinds/names.ts';
import { paths } from './kinds/paths.ts';
import { secrets } from './kinds/secrets.ts';
import { sizes } from './kinds/sizes.ts';
import { text } from './kinds/text.ts';
import type { Attack } from './lab.ts';

export const attacks: readonly Attack[] = [
  ...containment,
  ...files,
  ...archives,
  ...addresses,
  ...disk,
  ...names,
  ...paths,
  ...secrets,
  ...sizes,
  ...text,
];
