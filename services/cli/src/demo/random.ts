/**
 * A small seeded generator of pseudo-random numbers: sfc32 of Chris Doty-Humphrey's PractRand. Equal seeds, equal numbers.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = ~seed | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 15; i++) this.uniform();
  }

  /** From [0, 1). */
  uniform(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 4294967296;
  }

  /** A standard normal, by Box and Muller (1958). */
  normal(mean = 0, standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the choices, each as likely as its weight among all; the weights add up to 1. */
  choose(choices: readonly (readonly [string, number])[]): string {
    let left = this.uniform();
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return choices[choices.length - 1][0];
  }
}
