/** Shell programs stand in `.sh` files (imported as text), which begin with comments for their readers and for shellcheck. */

/**
 * The program alone, without the comments at its head: they serve nothing where it runs. `$NAME` of a constant becomes its
 * value, so that no line is spent on it in a machine.
 */
export function shellProgram(file: string, constants: Readonly<Record<string, number>> = {}): string {
  const program = file.replace(/^(?:#.*\n)+/, '');
  return Object.entries(constants).reduce(
    (text, [name, value]) => text.replaceAll(new RegExp(`\\$(?:${name}\\b|\\{${name}\\})`, 'g'), String(value)),
    program,
  );
}

/** A word of the shell, whatever is in it. A NUL cannot be in one and is dropped. */
export function quote(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`;
}
