/** One way to write JSON, so that the same values give the same bytes: two spaces, a final newline, keys as built. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
