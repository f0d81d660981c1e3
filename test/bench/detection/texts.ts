import type { CellVector } from '@tidemark/monitoring';
import type { Change } from './catalogue.js';
import type { Draws } from './draws.js';

const SYLLABLES = ['ka', 'lo', 'mi', 'ren', 'sta', 'tu', 'vel', 'zor'];
/** Words of one to three syllables, the frequent ones first. */
const WORDS = Array.from({ length: 80 }, (_, i) =>
  Array.from({ length: 1 + (i % 3) }, (__, j) => SYLLABLES[(i + j * (2 + (i >> 3))) % SYLLABLES.length]).join(''),
);
/** Up to each word, the share of all before it: as Zipf has it, but for the most frequent. */
const UP_TO = cumulated(WORDS.map((_, rank) => 1 / (rank + 3)));
const USUAL_WORDS = 8;
/** The standard deviation of the logarithm of how many words a text has. */
const SPREAD = 0.5;
const WITH_A_NUMBER = 0.2;
const WITH_A_STOP = 0.6;
const CAPITALS_SHARE = 0.05;
const NEW_WORD = 'qwertz';
const NEW_WORD_SHARE = 0.3;
const LONGER = 1.2;

/** Fills a column with texts: comments of some eight words. @param level of their length, in standard deviations. */
export function fillTexts(cells: CellVector, rows: number, level: number, draws: Draws, change: Change | null): void {
  const what = change?.kind === 'text' ? change.what : null;
  const usual = USUAL_WORDS * (what === 'longer' ? LONGER : 1);
  for (let row = 0; row < rows; row++) {
    const count = Math.max(1, Math.round(usual * Math.exp(SPREAD * (draws.normal() + level))));
    const words = Array.from({ length: count }, () => WORDS[place(draws.uniform())]);
    if (draws.uniform() < WITH_A_NUMBER) words.push(String(Math.floor(1000 * draws.uniform())));
    if (what === 'new word' && draws.uniform() < NEW_WORD_SHARE)
      words[Math.floor(words.length * draws.uniform())] = NEW_WORD;
    const text = words.join(' ') + (draws.uniform() < WITH_A_STOP ? '.' : '');
    const capitals = what === 'capitals' && draws.uniform() < CAPITALS_SHARE;
    cells.setString(row, capitals ? text.toUpperCase() : text[0].toUpperCase() + text.slice(1));
  }
}

function place(u: number): number {
  let low = 0;
  let high = UP_TO.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (UP_TO[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

function cumulated(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => (sum += weight / total));
}
