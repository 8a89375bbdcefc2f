/**
 * Names that tell two folders apart: the shortest ends of their paths that differ.
 *
 *     main/run, pr/run  ->  main/run, pr/run           2026/old, 2026/new  ->  old, new
 */

/** Longer names would fill a column: the sides get numbers instead. */
const LONGEST = 40;

/** Slashes separate the parts of a path. */
export function sideNames(paths: readonly [string, string]): readonly [string, string] {
  const [one, two] = paths.map((path) => path.split('/').filter((part) => part !== '')) as [string[], string[]];
  for (let length = 1; length <= Math.max(one.length, two.length); length++) {
    const names = [one.slice(-length).join('/'), two.slice(-length).join('/')] as const;
    if (names[0] !== names[1]) return names.some((name) => name.length > LONGEST) ? NUMBERS : names;
  }
  return NUMBERS;
}

const NUMBERS = ['1', '2'] as const;
