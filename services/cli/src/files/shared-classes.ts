import { writtenAs } from '@tidemark/monitoring';
import type { Answer, Truth } from '@tidemark/sketches';
import { UsageError } from '../exit-codes.js';

/** So many classes of each side are remembered: enough to tell whether they are the same ones. */
const MOST_CLASSES = 1000;
/** So many labels are waited for before they are held against the answers. */
const LEAST_LABELS = 30;

/** Holds the classes that labels state against those that a model answers. */
export class SharedClasses {
  readonly #answered = new Set<string>();
  readonly #found = new Set<string>();
  #shares = false;
  #labels = 0;

  /** @param file names the labels' file in what is thrown. @param positive the class that the monitor names as the positive one, if any. */
  constructor(
    private readonly file: string,
    private readonly positive: string | null,
  ) {}

  addAnswer({ class: answered }: Answer): void {
    if (answered !== null && this.#answered.size < MOST_CLASSES) this.#answered.add(answered);
  }

  addTruth(truth: Truth): void {
    this.#labels++;
    if (truth.class === null || this.#shares || this.#found.size >= MOST_CLASSES) return;
    this.#found.add(truth.class);
    for (const answered of this.#answered) {
      const { class: written } = writtenAs({ ...NO_ANSWER, class: answered }, truth);
      if (written !== null && this.#answered.has(written)) this.#shares = true;
    }
  }

  /** @throws UsageError where the labels have no class in common with the answers, or none is the positive one. */
  check(): void {
    if (this.#answered.size === 0 || this.#labels < LEAST_LABELS) return;
    const [answered, found] = [this.#answered, this.#found].map((names) => [...names].sort().slice(0, 10).join(', '));
    if (!this.#shares) {
      throw new UsageError([
        `${this.file}: its labels have no class in common with the answers: labels are ${found}, answers ${answered}. Mend the labels, or mapping.class or mapping.ground_truth`,
      ]);
    }
    if (this.positive !== null && !this.#answered.has(this.positive) && !this.#found.has(this.positive)) {
      throw new UsageError([
        `quality.positive: '${this.positive}' is no class of the answers (${answered}) nor of the labels in ${this.file} (${found})`,
      ]);
    }
  }
}

const NO_ANSWER: Answer = { class: null, score: null, value: null, confidence: null, probabilities: new Map() };
