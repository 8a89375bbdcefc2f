/** Lists on a screen of any width from 40 columns, with escapes and wide characters: a label, and text that continues below itself. */
import wrapAnsi from 'wrap-ansi';
import { listsWith } from './lists.ts';

export const { labelled, wrapLines } = listsWith((text, width) => wrapAnsi(text, width, { hard: true }));
