import { cut } from './cut.js';

/** Something of which there was more than its stream's limit, and what came of the rest. */
export interface Overflow {
  /** `segments`: values of a dimension; `columns`: features and class probabilities; `categories`: values of a column. */
  readonly what: 'segments' | 'columns' | 'categories';
  /** The dimension or the column; empty for columns. */
  readonly name: string;
  /** Events counted in the segment `(other)`; cells of columns that were not sketched; values counted in no category. */
  readonly count: number;
  /** Some of the values or columns that were left out. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 5;
const MOST_EXAMPLE_LENGTH = 60;

/** Adds up what went over its limit: an entry for each dimension, and one for the columns. */
export class OverflowCounts {
  readonly #counts = new Map<string, { what: Overflow['what']; name: string; count: number; examples: string[] }>();

  /** The entries, in the order in which they were first added. */
  get list(): Overflow[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry, examples: [...entry.examples] }));
  }

  add(what: Overflow['what'], name: string, count: number, examples: Iterable<string>): void {
    const key = `${what}\u0000${name}`;
    let entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, (entry = { what, name, count: 0, examples: [] }));
    entry.count += count;
    addExamples(entry.examples, examples);
  }
}

/** Adds names to a short list of examples, each cut to a length that a message can bear. */
export function addExamples(examples: string[], names: Iterable<string>): void {
  for (const name of names) {
    if (examples.length >= MOST_EXAMPLES) return;
    const short = name.length > MOST_EXAMPLE_LENGTH ? `${cut(name, MOST_EXAMPLE_LENGTH - 1)}…` : name;
    if (!examples.includes(short)) examples.push(short);
  }
}
