/** Reads a quota from Azure's error messages, in their three wordings: it becomes available later, or never. */

/** `wait`: other machines use it up. `never`: it is smaller than what one machine needs. */
export function quotaOf(message: string): 'wait' | 'never' | undefined {
  if (!/quota|limit/i.test(message)) return undefined;
  const number = (pattern: RegExp) => {
    const found = pattern.exec(message)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const limit = number(/(?:Current Limit|Maximum allowed|allowed limit|limit of)\D{0,5}(\d{1,9})/i);
  const used = number(/(?:Current Usage|Current in use|currently used?)\D{0,5}(\d{1,9})/i);
  const wanted = number(/(?:Additional Requ(?:ired|ested)|requested)\D{0,5}(\d{1,9})/i);
  if (limit !== undefined && wanted !== undefined) return wanted > limit ? 'never' : 'wait';
  if (used !== undefined) return used > 0 ? 'wait' : 'never';
  return /quota/i.test(message) || limit !== undefined ? 'never' : undefined;
}
