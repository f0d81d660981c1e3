import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Aggregate, learnBaseline, PartitionSketcher, type Baseline } from '../../src/index.js';
import { contributionsOf, describeMove } from '../../src/incidents/explain.js';
import { ALL_EVENTS } from '../../src/model/stream.js';
import { inBinsOf } from '../../src/summaries/comparison.js';
import { IDENTITY } from '../counted-baseline.js';
import { batchOf, MONITOR, START } from '../fixtures.js';

/** So many events of each class, sketched in the bins of a baseline where there is one. */
function sketchOf(classes: Readonly<Record<string, number>>, baseline: Baseline | null = null) {
  const sketcher = new PartitionSketcher({ monitorOf: () => MONITOR, baselineOf: () => baseline });
  const events = Object.entries(classes).flatMap(([name, count]) => {
    return Array.from({ length: count }, () => ({ time: START, features: { kind: name } }));
  });
  sketcher.fold(batchOf(events));
  const aggregate = new Aggregate();
  for (const partial of sketcher.drain()) {
    if (partial.pane.segment.dimension === '') aggregate.merge(partial);
  }
  return aggregate;
}

test('A sentence tells of the category that moved, and not of one that nobody has', () => {
  // In a small window a bin without values has more of the pseudocounts than it has in a baseline of many events.
  const baseline = learnBaseline(IDENTITY, sketchOf({ a: 10_000, b: 10_000 }), MONITOR);
  const [column] = baseline.columns;
  const window = sketchOf({ a: 112, b: 88 }, baseline);
  const comparison = {
    ...{ segment: ALL_EVENTS, events: 200, baselineEvents: 20_000 },
    ...{
      window: inBinsOf(column, window.column('kind')),
      baseline: column,
      baselineBins: Float64Array.from(column.bins!),
    },
  };
  const contributions = contributionsOf(comparison);
  assert.deepEqual(contributions.map(({ bin }) => bin).sort(), ['a', 'b']);
  assert.match(describeMove(comparison, contributions), /^(a: 50 % → 56 %|b: 50 % → 44 %)$/);
});
