/**
 * Uniform draws on [0, 1) from a seed, the same on every machine: splitmix32, after the scheme of Steele, Lea and Flood ("Fast
 * splittable pseudorandom number generators", OOPSLA 2014).
 *
 * @param seed a whole number; its lowest 32 bits count.
 */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
