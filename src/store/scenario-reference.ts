/**
 * Moves the pinned reference image of a scenario file. It replaces one line of the text, or adds it below the variants. All other bytes,
 * comments and columns among them, stay as written, so that the change reads well in a review.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, parseDocument, stringify } from 'yaml';
import { usageError } from '../model/errors.ts';
import { readText, writeFileWhole } from './files.ts';

export interface MovedReference {
  readonly file: string;
  /** The text in the file; undefined if there was none. */
  readonly before: string | undefined;
  readonly after: string;
}

export async function moveReference(file: string, image: unknown): Promise<MovedReference> {
  const written = await readText(file);
  const text = written.endsWith('\n') ? written : `${written}\n`;
  const line = `reference: ${stringify(image, ON_ONE_LINE).trim()}`;
  const place = placeOf(text);
  const moved = `${text.slice(0, place.from)}${place.from === place.to ? `${line}\n` : line}${text.slice(place.to)}`;
  const read = parseDocument(moved).toJS() as { readonly reference?: unknown };
  if (!isDeepStrictEqual(read.reference, image))
    throw usageError(`The reference in ${file} could not be updated.`, `Add it by hand: ${line}`);
  await writeFileWhole(file, moved);
  const before = text.slice(place.from, place.to);
  return { file, before: before === '' ? undefined : before, after: line };
}

/** As scenarios write images. */
const ON_ONE_LINE = { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false } as const;

/** Start and end of the reference; an empty range if it is to be added. */
function placeOf(text: string): { from: number; to: number } {
  const root = parseDocument(text).contents;
  const pairs = isMap(root) ? root.items : [];
  const find = (name: string) => pairs.find(({ key }) => isScalar(key) && key.value === name);
  const old = find('reference');
  if (old && isScalar(old.key) && isNode(old.value)) {
    const from = old.key.range?.[0] ?? 0;
    const end = old.value.range?.[1] ?? from;
    return { from, to: from + text.slice(from, end).trimEnd().length };
  }
  const variants = find('variants')?.value;
  const end = isNode(variants) ? variants.range?.[1] : undefined;
  const lineEnd = end === undefined ? -1 : text.indexOf('\n', end - 1);
  const at = lineEnd < 0 ? text.length : lineEnd + 1;
  return { from: at, to: at };
}
