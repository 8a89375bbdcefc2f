/** Shell programs live in `.sh` files (imported as text). Those begin with comments for readers and for shellcheck. */

/**
 * The program without its leading comments, which serve nothing on a machine. The value of a constant replaces its `$NAME`, so
 * that the machine spends no line on it.
 */
export function shellProgram(file: string, constants: Readonly<Record<string, number>> = {}): string {
  const program = file.replace(/^(?:#.*\n)+/, '');
  return Object.entries(constants).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\$(?:${name}\\b|\\{${name}\\})`, 'g'), String(value)),
    program,
  );
}

/** One shell word, whatever the text contains. A word cannot contain NUL, so this drops it. */
export function quote(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}
