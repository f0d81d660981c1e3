import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { ALL_EVENTS, type PaneRow, type Segment, type Stream } from '@tidemark/monitoring';
import { QualitySketch, type Answer, type Truth } from '@tidemark/sketches';
import { writePanes, type Store } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { MINUTE, paneOf, START } from './samples.js';

interface ClassRow {
  readonly minute: number;
  readonly version: string;
  readonly country: string;
  readonly score: number;
  readonly predicted: string;
  readonly truth: string | null;
  readonly probability: number;
}

interface ValueRow {
  readonly minute: number;
  readonly predicted: number;
  readonly truth: number;
  readonly probability: number;
}

type Figures = Readonly<Record<string, number | string>>;

/** What fixtures/generate.py computed. */
const FIXTURE = JSON.parse(
  readFileSync(new URL('../../test/fixtures/pane-outcomes.json', import.meta.url), 'utf8'),
) as {
  readonly classes: readonly ClassRow[];
  readonly byHourAndVersion: readonly Figures[];
  readonly byCountry: readonly Figures[];
  readonly values: readonly ValueRow[];
  readonly valueFigures: Figures;
};

/** The statements of the page that tells analysts of them, in its order. */
const QUERIES = [
  ...readFileSync(new URL('../../../../docs/ground-truth.md', import.meta.url), 'utf8').matchAll(/```sql\n(.*?)```/gs),
].map(([, sql]) => sql);

const NOTHING: Answer = { score: null, class: null, value: null, confidence: null, probabilities: new Map() };

/** The panes of a stream, each of all events and of its segments; labels come late, in parts of their own. */
class Panes {
  readonly #sketches = new Map<string, { readonly row: PaneRow; readonly quality: QualitySketch }>();

  add(stream: Stream, minute: number, segments: readonly Segment[], answer: Answer): void {
    for (const segment of segments) this.#at(stream, minute, segment, 'pane').addPrediction(answer);
  }

  label(stream: Stream, minute: number, segments: readonly Segment[], answer: Answer, truth: Truth, p: number): void {
    for (const segment of segments) {
      // Another label first, which is taken back by the one that holds.
      const wrong = { class: truth.class === null ? null : 'wrong', value: truth.value === null ? null : -1 };
      this.#at(stream, minute, segment, 'late-0-1').addOutcome(answer, wrong, p, 1);
      this.#at(stream, minute, segment, 'late-0-2').addOutcome(answer, wrong, p, -1);
      this.#at(stream, minute, segment, 'late-0-2').addOutcome(answer, truth, p, 1);
    }
  }

  rows(): PaneRow[] {
    return [...this.#sketches.values()].map(({ row, quality }) => ({ ...row, quality }));
  }

  #at(stream: Stream, minute: number, segment: Segment, part: string): QualitySketch {
    const key = JSON.stringify([stream, minute, segment, part]);
    let entry = this.#sketches.get(key);
    if (entry === undefined) {
      const row = paneOf([], { stream, segment, part, start: START + minute * MINUTE, events: 0 });
      this.#sketches.set(key, (entry = { row, quality: QualitySketch.empty() }));
    }
    return entry.quality;
  }
}

function assertFigures(actual: Figures, expected: Figures, relative: number): void {
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value !== 'number') assert.equal(actual[name], value);
    else {
      const found = Number(actual[name]);
      assert.ok(Math.abs(found - value) <= relative * Math.abs(value), `${name} is ${found} instead of ${value}`);
    }
  }
}

describe('quality in SQL', () => {
  let store: Store;
  const ask = (query: string) => store.query<Figures>(query.replaceAll('tidemark.', `${store.database}.`));

  before(async () => {
    store = await migratedStore();
    const panes = new Panes();
    for (const { minute, version, country, score, predicted, truth, probability } of FIXTURE.classes) {
      const stream: Stream = { model: 'loans', version, role: 'champion' };
      const segments = [ALL_EVENTS, { dimension: 'country', value: country }];
      const answer = { ...NOTHING, score, class: predicted };
      panes.add(stream, minute, segments, answer);
      if (truth !== null) panes.label(stream, minute, segments, answer, { class: truth, value: null }, probability);
    }
    for (const { minute, predicted, truth, probability } of FIXTURE.values) {
      const stream: Stream = { model: 'houses', version: '1', role: 'champion' };
      const answer = { ...NOTHING, value: predicted };
      panes.add(stream, minute, [ALL_EVENTS], answer);
      panes.label(stream, minute, [ALL_EVENTS], answer, { class: null, value: truth }, probability);
    }
    await writePanes(store, panes.rows());
    await writePanes(store, panes.rows().slice(0, 100));
  });

  it('has the metrics of classes by hour and version, as scikit-learn has them of the rows', async () => {
    const rows = await ask(QUERIES[0]);
    assert.equal(rows.length, FIXTURE.byHourAndVersion.length);
    FIXTURE.byHourAndVersion.forEach(({ hour, ...expected }, at) => {
      assert.equal(Date.parse(`${rows[at].hour}Z`), START + Number(hour) * 60 * MINUTE);
      assertFigures(rows[at], expected, 1e-9);
    });
  });

  it('has the metrics of scores by segment', async () => {
    const rows = await ask(QUERIES[1]);
    assert.equal(rows.length, FIXTURE.byCountry.length);
    FIXTURE.byCountry.forEach((expected, at) => assertFigures(rows[at], expected, 1e-9));
  });

  it('has the metrics of values, to the 21 bits of their terms', async () => {
    const [row, ...others] = await ask(QUERIES[2]);
    assert.deepEqual(others, []);
    assertFigures(row, FIXTURE.valueFigures, 2 ** -18);
  });

  it('tells answers without a score or a class from others', async () => {
    const stream: Stream = { model: 'mixed', version: '1', role: 'champion' };
    const panes = new Panes();
    for (const answer of [
      { ...NOTHING, score: 0.7 },
      { ...NOTHING, score: -3.5, class: 'a' },
      { ...NOTHING, class: "it's", confidence: 0.6 },
      { ...NOTHING, class: 'b' },
    ]) {
      panes.add(stream, 0, [ALL_EVENTS], answer);
    }
    await writePanes(store, panes.rows());
    const rows = await store.query(
      `SELECT predicted, round(score, 2) AS score, round(confidence, 2) AS confidence, truth, answers, labels
       FROM ${store.database}.pane_outcomes WHERE model = 'mixed' ORDER BY predicted`,
    );
    const none = { score: null, confidence: null, truth: null, answers: 1, labels: 0 };
    assert.deepEqual(rows, [
      { ...none, predicted: 'a' },
      { ...none, predicted: 'b' },
      { ...none, predicted: "it's", confidence: 0.6 },
      { ...none, predicted: null, score: 0.7 },
    ]);
  });
});
