import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PartitionRange } from '@tidemark/transport';
import { startingOffset, type SavedPosition, type StartingOffset } from '../src/starting-offset.js';

describe('Where reading a partition begins', () => {
  const cases: readonly {
    readonly what: string;
    readonly saved: SavedPosition;
    readonly committed?: number;
    readonly committedFor?: string;
    readonly topicId?: string;
    readonly range: PartitionRange;
    readonly expected: StartingOffset;
  }[] = [
    {
      what: 'a position within the log holds, whatever the group has committed',
      ...{ saved: { readFrom: 5, position: 8 }, committed: 3, range: { begin: 0, end: 8 } },
      expected: { offset: 5, newFrom: null },
    },
    {
      what: 'a log that is shorter than what was read of it is another one: it is read from its beginning',
      ...{ saved: { readFrom: 590, position: 600 }, range: { begin: 0, end: 20 } },
      expected: { offset: 0, newFrom: 0 },
    },
    {
      what: 'also where only what was accounted for lies beyond its end, as all records from there on would be taken for read',
      ...{ saved: { readFrom: 10, position: 600 }, committed: 10, range: { begin: 4, end: 20 } },
      expected: { offset: 4, newFrom: 4 },
    },
    {
      what: 'but from the committed offset, where that was put there for this log',
      ...{ saved: { readFrom: 590, position: 600 }, committed: 15, range: { begin: 0, end: 20 } },
      expected: { offset: 15, newFrom: 15 },
    },
    {
      what: 'a committed offset outside it is no help',
      ...{ saved: { readFrom: 590, position: 600 }, committed: 99, range: { begin: 7, end: 20 } },
      expected: { offset: 7, newFrom: 7 },
    },
    {
      what: 'after records have expired it goes on with the first that is left',
      ...{ saved: { readFrom: 5, position: 8 }, committed: 5, range: { begin: 12, end: 20 } },
      expected: { offset: 12, newFrom: 12 },
    },
    {
      what: 'those left that had been read stay read',
      ...{ saved: { readFrom: 5, position: 15 }, committed: 5, range: { begin: 12, end: 20 } },
      expected: { offset: 12, newFrom: 15 },
    },
    {
      what: 'a topic with another id is another log, though it has grown past the position',
      ...{ saved: { readFrom: 5, position: 8, topicId: 'a' }, committed: 5, committedFor: 'a', topicId: 'b' },
      range: { begin: 0, end: 20 },
      expected: { offset: 0, newFrom: 0 },
    },
    {
      what: 'but from the committed offset, where somebody has put it there, even on the same number',
      ...{
        saved: { readFrom: 5, position: 8, topicId: 'a' },
        committed: 5,
        topicId: 'b',
        range: { begin: 0, end: 20 },
      },
      expected: { offset: 5, newFrom: 5 },
    },
    {
      what: 'of a position that an older version noted nothing is said',
      ...{ saved: { readFrom: 5, position: 8 }, committed: 5, topicId: 'b', range: { begin: 0, end: 20 } },
      expected: { offset: 5, newFrom: null },
    },
    {
      what: 'nor where brokers give topics no ids',
      ...{ saved: { readFrom: 5, position: 8, topicId: 'a' }, committed: 5, range: { begin: 0, end: 20 } },
      expected: { offset: 5, newFrom: null },
    },
  ];
  for (const { what, saved, committed = null, committedFor = null, topicId = null, range, expected } of cases) {
    const present = { ...range, committed, committedFor, topicId };
    it(what, () => assert.deepEqual(startingOffset(saved, present), expected));
  }
});
