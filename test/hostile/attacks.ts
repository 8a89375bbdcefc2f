/** All attacks, by kind: what a guest, an artifact, a run folder, a scenario, an archive or a history may try. */
import { containment } from './kinds/containment.ts';
import type { Attack } from './lab.ts';

export const attacks: readonly Attack[] = [...containment];
