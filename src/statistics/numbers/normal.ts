/** The normal distribution, to the last digits of a double: tails keep their relative accuracy down to 1e-300. */

const SQRT_2PI = Math.sqrt(2 * Math.PI);

export const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / SQRT_2PI;

/** P(Z > z). Series near the centre, Laplace's continued fraction in the tail (Abramowitz and Stegun 26.2.10, 26.2.14). */
export function normalTail(z: number): number {
  // From here on the result rounds to 1 in a double.
  if (z < -8.3) return 1;
  if (z < 0) return 1 - normalTail(-z);
  if (z < 3) return 0.5 - centralArea(z);
  let fraction = z;
  // This many steps make all but the last digit exact: 86 at 3, 16 at 10.
  for (let step = Math.ceil(10 + 680 / (z * z)); step >= 1; step--) fraction = z + step / fraction;
  return normalDensity(z) / fraction;
}

/** The z with P(Z <= z) = probability. Newton on the tail, from a rational start (Abramowitz and Stegun 26.2.23). */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return Number.NEGATIVE_INFINITY;
  if (probability >= 1) return Number.POSITIVE_INFINITY;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  const t = Math.sqrt(-2 * Math.log(probability));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  // The start is within 4.5e-4; each step (Halley) triples the digits.
  for (let step = 0; step < 3; step++) {
    const error = (normalTail(z) - probability) / normalDensity(z);
    z += error / (1 + 0.5 * z * error);
  }
  return -z;
}

/** P(0 < Z < z) by its series: z phi(z) (1 + z^2/3 + z^4/15 + ...). */
function centralArea(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; k < 200 && term > 1e-18 * sum; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum * normalDensity(z);
}
