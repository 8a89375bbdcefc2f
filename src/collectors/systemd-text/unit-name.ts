/** Unit names in printed lists, in which a pager may truncate a name. */
const SUFFIX = /\.(?:service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$/;

export const isUnitName = (text: string): boolean => SUFFIX.test(text);

/** systemd's escapes reveal a name that lost its end. */
export const isCutUnitName = (text: string): boolean => !isUnitName(text) && /\\x[0-9a-f]{2}/.test(text);
