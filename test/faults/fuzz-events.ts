import type { FeatureValue, InferenceEvent } from '@tidemark/contracts';
import { START } from '../pipeline/stream.js';
import type { Random } from './random.js';

const NUMBERS = [
  ...[0, -0, 1, -1, 0.1, 1 / 3, 1e-300, 5e-324, -5e-324, 2.2250738585072014e-308, 1e15, 2 ** 53, -(2 ** 53), 2 ** 63],
  ...[1e154, -1e154, 1.3e154, 1e300, -1e300, 1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, 3.4e38, 3.5e38],
  ...[NaN, Infinity, -Infinity, Number.EPSILON, 1 + Number.EPSILON, 4294967296, 2147483648, -2147483649],
] as const;

/** Names and values that something on the way may take for something else. */
const TEXTS = [
  ...['', ' ', '\0', '\u0001', '|', 'a|b', '(other)', 'true', 'false', '0', '1', '-0', 'NaN', 'null', 'undefined', '*'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'valueOf', 'prototype'],
  ...['note', 'note.length', 'note.token', 'code', 'flag', 'hidden', 'e.norm', 'country', 'amount', 'age', 'plan'],
  ...[
    "'",
    '"',
    '`',
    '\\',
    '\n',
    '\r\n',
    '\t',
    '\u001b[31m',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\ufffd',
    '\uffff',
    '💥',
    '𝒜',
    'é',
    'e\u0301',
  ],
  ...[
    "'; DROP TABLE panes; --",
    '$(reboot)',
    '{"a":1}',
    '<b>',
    '=1+1',
    '../..',
    'prediction',
    'predictio.n',
    'ﬀ',
    'ß',
    'İ',
  ],
];
const DIMENSIONS = ['country', 'device', 'region', ...TEXTS];
/** Times at the edges: of panes, of days, of what is taken. */
const TIMES = [
  ...[0, 1, 59_999, 60_000, 299_999.5, 300_000, 3_600_000, 599_999.999],
  ...[
    Date.UTC(2000, 0, 1) - START,
    Date.UTC(2000, 0, 1) - START + 0.5,
    Date.UTC(2024, 1, 29) - START,
    600_000 + 300_000,
  ],
];

/** What some events have in common: a few streams, names and values, as otherwise each event would be a segment and a pane of its own. */
export interface World {
  readonly streams: readonly Pick<InferenceEvent, 'model' | 'version' | 'role'>[];
  readonly names: readonly string[];
  readonly texts: readonly string[];
  readonly dimensions: readonly string[];
  readonly numbers: readonly number[];
  readonly times: readonly number[];
}

export function worldOf(random: Random): World {
  const { below, pick } = choices(random);
  const text = (): string => {
    const kind = random();
    if (kind < 0.5) return pick(TEXTS);
    if (kind < 0.9) return `${pick(TEXTS)}${pick(TEXTS)}${below(50)}`;
    return pick(TEXTS).repeat(200).slice(0, below(340));
  };
  const number = (): number => (random() < 0.7 ? pick(NUMBERS) : (random() - 0.5) * 10 ** below(40));
  const list = <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make);
  // A pane or two, now and then years apart.
  const first = random() < 0.7 ? below(600_000) : pick(TIMES);
  return {
    streams: list(3, () => ({
      model: random() < 0.5 ? pick(['churn', 'fraud']) : `${pick(TEXTS)}m`.replaceAll('\0', ''),
      version: random() < 0.7 ? '1' : `${pick(TEXTS)}1`.replaceAll('\0', ''),
      role: pick(['champion', 'champion', 'shadow', 'canary']),
    })),
    names: list(12, text),
    texts: list(random() < 0.1 ? 300 : 8, text),
    dimensions: list(3, () => pick(DIMENSIONS)),
    numbers: list(20, number),
    times: [first, ...list(3, () => (random() < 0.8 ? first + below(90_000) : pick(TIMES)))],
  };
}

/** An event within the schema, as hostile as that allows. */
export function hostileEvent(random: Random, world: World, index: number): InferenceEvent {
  const { below, pick } = choices(random);
  const text = () => pick(world.texts);
  const number = () => pick(world.numbers);
  const value = (): FeatureValue => {
    const kind = random();
    if (kind < 0.6) return number();
    if (kind < 0.85) return text();
    return kind < 0.93 ? random() < 0.5 : null;
  };
  const object = <T>(most: number, name: () => string, make: () => T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: below(most + 1) }, () => [name(), make()]));
  const embedding = (): number[] => Array.from({ length: 1 + below(3) }, number);
  const time = START + pick(world.times);
  return {
    ...pick(world.streams),
    eventId: random() < 0.2 ? `${text()}x`.slice(0, 300) : `e${index}`,
    eventTime: random() < 0.3 ? time + 0.5 : time,
    features: { ...object(8, () => pick(world.names), value), amount: number(), plan: text() },
    prediction: {
      ...(random() < 0.6 ? { score: random() < 0.5 ? random() : number() } : {}),
      ...(random() < 0.5 ? { class: text() } : {}),
      ...(random() < 0.5 ? { value: number() } : {}),
      ...(random() < 0.2 ? { probabilities: object(4, text, number) } : {}),
    },
    confidence: random() < 0.3 ? number() : null,
    segments: object(3, () => pick(world.dimensions), text),
    ...(random() < 0.05 ? { embeddings: object(2, () => pick(world.names), embedding) } : {}),
  };
}

/** An event as large as events may be, in one of the ways in which they may. */
export function largeEvent(random: Random, index: number): InferenceEvent {
  const { below, pick } = choices(random);
  const many = <T>(count: number, make: (i: number) => T, name = 'n'): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, make(i)]));
  const long = () => `${index}-${pick(TEXTS)}`.padEnd(480, pick(['x', 'é ', 'ab ', '\0']));
  const shapes: readonly (() => Partial<InferenceEvent>)[] = [
    () => ({ features: many(2000, () => pick(NUMBERS)) }),
    () => ({ features: many(1800, (i) => `${long()}${i}`) }),
    () => ({ features: many(2000, (i) => i, `${'y'.repeat(480)}${below(1000)}`) }),
    () => ({ features: { note: 'Ein Wort und 𝒜 '.repeat(3500) } }),
    () => ({ prediction: { probabilities: many(2000, random) } }),
    () => ({ segments: { ...many(62, long), country: long(), device: long() } }),
    () => ({ embeddings: many(16, () => Array.from({ length: 4096 }, random), 'e') }),
  ];
  const stream = { model: 'large', version: `${below(3)}`, role: 'champion' } as const;
  return { ...stream, eventId: `l${index}`, eventTime: START + below(600_000), features: { a: 1 }, ...pick(shapes)() };
}

function choices(random: Random) {
  const below = (bound: number) => Math.floor(random() * bound);
  return { below, pick: <T>(items: readonly T[]): T => items[below(items.length)] };
}
