/** Caches a pure function of two sizes, so a comparison computes null distributions that depend on the sizes alone only once. */
export function bySizes<T>(make: (n: number, m: number) => T): (n: number, m: number) => T {
  const known = new Map<string, T>();
  return (n, m) => {
    const key = `${n}:${m}`;
    const found = known.get(key) ?? make(n, m);
    known.set(key, found);
    return found;
  };
}
