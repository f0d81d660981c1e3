/** What an audit looks at, and what is printed of it for each run: how often it found something else than what must be. */
export const KINDS = [
  'pane',
  'cells',
  'window',
  'late part',
  'quality',
  'orphan',
  'unread event',
  'batch',
  'position',
  'set aside',
  'setting',
  'unmet',
] as const;
export type Kind = (typeof KINDS)[number];

/** So many of a kind are kept in words. */
const MOST_TOLD = 6;

/** What an audit found to differ, in words, and counted by kind. */
export class Discrepancies {
  readonly #counts = new Map<Kind, number>();
  readonly #told: string[] = [];

  add(kind: Kind, detail: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= MOST_TOLD) this.#told.push(`${kind} ${detail}`);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The first of each kind. */
  get told(): readonly string[] {
    return this.#told;
  }

  /** Of every kind, those without any too. */
  get counts(): Readonly<Record<Kind, number>> {
    return Object.fromEntries(KINDS.map((kind) => [kind, this.#counts.get(kind) ?? 0])) as Record<Kind, number>;
  }
}
