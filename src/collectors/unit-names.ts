/** Comparable names: a word replaces parts that differ between two boots of one image (identifiers, revisions, numbers). */

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // dev-disk-by\x2duuid-2c8a....device: a filesystem's UUID with systemd's escaped dashes.
  [/[0-9a-f]{8}(?:-|\\x2d)(?:[0-9a-f]{4}(?:-|\\x2d)){3}[0-9a-f]{12}/gi, 'UUID'],
  [/(by(?:-|\\x2d)uuid-)[0-9A-F]{4}(?:-|\\x2d)[0-9A-F]{4}(?=\.)/gi, '$1UUID'],
  // snap-core20-1974.mount
  [/^(snap-.+)-x?\d+(\.mount)$/, '$1-REVISION$2'],
  [/\b[0-9a-f]{32,64}\b/gi, 'HASH'],
  [/(@\d+-)\d+(-[^-]+:\d+-[^-]+:\d+\.service)$/, '$1N$2'],
];

/** Unit and device names; idempotent. */
export const comparableName = (name: string): string =>
  PATTERNS.reduce((text, [pattern, word]) => text.replace(pattern, word), name);

/**
 * Units that exist because someone logged in, or because bench watches for the end of the boot. They are not part of the boot: a
 * login starts them after it (systemd-logind; pam_systemd pulls in `user@`).
 */
const OF_THE_LOGIN =
  /^(?:bench-[^/]*\.\w+|user@\d+\.service|user-runtime-dir@\d+\.service|user-\d+\.slice|session-\w+\.scope|run-user-\d+[^/]*\.mount|sshd?@[^/]+\.service)$/;

export const isOfTheLogin = (unit: string): boolean => OF_THE_LOGIN.test(unit);
