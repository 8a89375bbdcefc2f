/** Quotes one word for sh. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
