/** The gamma function, incomplete beta and the tail of Student's t, to about 14 digits. */

/** ln(n!), n whole and not negative. */
export const logFactorial = (n: number): number => logGamma(n + 1);

/** ln Gamma(x), x > 0: Stirling's series after shifting x above 15 (Abramowitz and Stegun 6.1.41). */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 15; z++) shift += Math.log(z);
  const inverse = 1 / (z * z);
  const series =
    (1 / 12 -
      inverse *
        (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - (inverse * 691) / 360360))))) /
    z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** Regularised incomplete beta I_x(a, b): continued fraction by Lentz's method (Didonato and Morris 1992, their eq. 9). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  // Converges in O(sqrt(max(a, b))) steps; 10,000 allow a and b in the millions.
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d, tiny);
    c = nonzero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d, tiny);
    c = nonzero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 3e-16) break;
  }
  return front * fraction;
}

/** P(T > t) of Student's t. */
export function studentTail(t: number, degrees: number): number {
  const tail = 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t >= 0 ? tail : 1 - tail;
}

const nonzero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);
