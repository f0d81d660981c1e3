import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CellTag,
  deriveTextColumns,
  Detector,
  PartitionSketcher,
  textColumnsOf,
  type Monitor,
} from '../../src/index.js';
import { batchOf, MINUTE, MONITOR as PLAIN, random, START, type TestEvent } from '../fixtures.js';

const MONITOR: Monitor = { ...PLAIN, texts: ['note'], columns: { note: { ignore: true } }, segments: [] };

function figuresOf(note: string | number | null): Record<string, string | number | undefined> {
  const batch = batchOf([{ time: START, features: { note } }]);
  deriveTextColumns(batch, ['note']);
  return Object.fromEntries(
    textColumnsOf('note').map((name): [string, string | number | undefined] => {
      const cells = batch.column(name);
      const tag = cells.tag(0);
      if (tag === CellTag.string) return [name.slice(5), cells.string(0)];
      return [name.slice(5), tag === CellTag.number ? cells.values[0] : tag];
    }),
  );
}

describe('columns of text', () => {
  test('are measured in characters, words and classes of characters', () => {
    assert.deepEqual(figuresOf('Ça va, 42 😀!'), {
      ...{ length: 12, words: 3, word_length: 2, letters: 4 / 12, digits: 2 / 12, upper_case: 1 / 12 },
      ...{ punctuation: 3 / 12, white_space: 3 / 12, non_ascii: 2 / 12 },
      token: figuresOf('Ça va, 42 😀!').token,
    });
    assert.ok(['ça', 'va', '42'].includes(String(figuresOf('Ça va, 42 😀!').token)));
  });

  test('have tokens of whole characters, however long a word is', () => {
    const token = String(figuresOf(`a${'𝒜'.repeat(40)}`).token);
    assert.equal(token, `a${'𝒜'.repeat(15)}`);
    assert.equal(String(figuresOf('𝒜'.repeat(40)).token), '𝒜'.repeat(16));
  });

  test('keep empty texts, nulls and what is no text apart', () => {
    const { absent } = CellTag;
    const nothing = Object.fromEntries(textColumnsOf('note').map((name) => [name.slice(5), absent]));
    assert.deepEqual(figuresOf(''), {
      ...nothing,
      ...{ length: 0, words: 0 },
    });
    assert.deepEqual(figuresOf(null), { ...nothing, length: CellTag.null });
    assert.deepEqual(figuresOf(7), { ...nothing, length: CellTag.boolean });
  });

  test('draw each word of a text as often, and the same for the same event', () => {
    const counts = new Map<string, number>();
    for (let event = 0; event < 3000; event++) {
      const batch = batchOf([{ time: START, features: { note: 'one two three' } }]);
      batch.eventIds[0] = `event-${event}`;
      deriveTextColumns(batch, ['note']);
      const token = batch.column('note.token').string(0)!;
      counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    // Four standard deviations of a binomial count around its mean of 1000.
    for (const word of ['one', 'two', 'three']) assert.ok(Math.abs(counts.get(word)! - 1000) < 4 * 25.8, word);
  });

  test('drift as any column does: other words, and shouting', () => {
    const words = ['loan', 'house', 'car', 'boat', 'please', 'soon', 'rate', 'bank'];
    const next = random(11);
    const noteOf = (minute: number): string => {
      const own = minute < 40 ? words : [...words, 'crypto', 'crypto', 'coin', 'coin'];
      const text = Array.from({ length: 3 + Math.floor(next() * 6) }, () => own[Math.floor(next() * own.length)]);
      return minute < 60 ? text.join(' ') : text.join(' ').toUpperCase();
    };
    const detector = new Detector(0, { monitorOf: () => MONITOR, baselineOf: () => learnt });
    let learnt: ReturnType<Detector['drain']>['baselines'][number] | null = null;
    const sketcher = new PartitionSketcher({ monitorOf: () => MONITOR, baselineOf: () => learnt });
    const opened: string[] = [];
    let offset = 0;
    for (let minute = 0; minute < 80; minute++) {
      const events = Array.from({ length: 300 }, (_, i): TestEvent => {
        return { time: START + minute * MINUTE + i * 200, features: { note: noteOf(minute) } };
      });
      const batch = batchOf(events);
      events.forEach((_, i) => (batch.eventIds[i] = `${minute}-${i}`));
      sketcher.fold(batch);
      for (const partial of sketcher.drain()) {
        assert.ok(!partial.columns.some(({ name }) => name === 'note'), 'the text itself is not sketched');
        detector.takePartial(offset++, partial);
      }
      const { watermark } = sketcher;
      detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
      const output = detector.drain();
      learnt ??= output.baselines.at(0) ?? null;
      for (const { status, column, since } of output.events) {
        if (status === 'opened') opened.push(`${column} ${(since - START) / MINUTE}`);
      }
    }
    assert.ok(opened.includes('note.token 40'), opened.join(', '));
    assert.ok(opened.includes('note.upper_case 60'), opened.join(', '));
    assert.ok(!opened.some((incident) => /^note\.(words|digits)/.test(incident)), opened.join(', '));
  });
});
