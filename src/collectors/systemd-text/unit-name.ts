/** What a unit is called in printed lists, where a name may be cut off by a pager. */
const SUFFIX = /\.(?:service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$/;

export const isUnitName = (text: string): boolean => SUFFIX.test(text);

/** The escapes of systemd give away a name that lost its end. */
export const isCutUnitName = (text: string): boolean => !isUnitName(text) && /\\x[0-9a-f]{2}/.test(text);
