/** One way to write JSON, so that the same values give the same bytes: two spaces, a final newline, keys as built. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parses JSON; undefined if the text is none. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
