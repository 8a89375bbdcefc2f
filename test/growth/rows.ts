/** All cases whose growth the tests measure. */
import type { Growth } from './measure.ts';
import { places } from './places.ts';
import { readers } from './readers.ts';
import { texts } from './texts.ts';

export const rows: readonly Growth[] = [...readers, ...texts, ...places];
