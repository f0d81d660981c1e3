import { LAST_ANSWER_BIN, MOST_VALUE_BIN, NO_SCORE } from './answer-bins.js';
import { ByteReader } from './byte-reader.js';
import { MOST_CLASSES } from './class-outcomes.js';
import { ExactSum } from './exact-sum.js';
import { QualitySketch } from './quality-sketch.js';
import { VALUE_SUMS, type ValueSum } from './value-outcomes.js';
import { putVaruint, unzigzag, zigzag } from './varuint.js';

const VERSION = 2;
/** The longest class name that is read, in bytes. */
const LONGEST_NAME = 10_000;

/**
 * A quality sketch's bytes: version; the counts of predictions and labels; the names of the classes (the empty name first: none);
 * the cells of classes (name, bin, predictions, truths: name, count, Σw, Σw²); the cells of values (bin, predictions, labels, the sums);
 * the residuals (bin, count). Numbers are varuints, those that may be below 0 in zigzag; a sum is its parts.
 */
export function encodeQuality(sketch: QualitySketch): Uint8Array {
  const writer = new Writer();
  writer.byte(VERSION);
  writer.signed(sketch.predictions);
  writer.signed(sketch.labels);
  const cells = sketch.classes.cells();
  const names = [
    '',
    ...new Set(
      cells.flatMap(({ predicted, truths }) => [...(predicted === null ? [] : [predicted]), ...truths.keys()]),
    ),
  ];
  // A class may be named by an empty text: the first name stands for none, so that the two differ.
  const sorted = names.slice(1).sort();
  const places = new Map(sorted.map((name, at) => [name, at + 1]));
  writer.count(sorted.length);
  for (const name of sorted) writer.text(name);
  writer.count(cells.length);
  for (const { predicted, bin, predictions, truths } of cells) {
    writer.count(predicted === null ? 0 : places.get(predicted)!);
    writer.signed(bin);
    writer.signed(predictions);
    writer.count(truths.size);
    for (const [name, { count, weight, weightSquares }] of [...truths].sort(([a], [b]) => (a < b ? -1 : 1))) {
      writer.count(places.get(name)!);
      writer.signed(count);
      writer.sum(weight);
      writer.sum(weightSquares);
    }
  }
  const values = sketch.values.cells();
  writer.count(values.length);
  for (const { bin, predictions, labels, sums } of values) {
    writer.signed(bin);
    writer.signed(predictions);
    writer.signed(labels);
    for (const name of VALUE_SUMS) writer.sum(sums[name]);
  }
  const residuals = sketch.values.residuals();
  writer.count(residuals.length);
  for (const [bin, count] of residuals) {
    writer.signed(bin);
    writer.signed(count);
  }
  return writer.bytes();
}

/** Reads what {@link encodeQuality} wrote. @throws SketchDecodeError for any other bytes. */
export function decodeQuality(bytes: Uint8Array): QualitySketch {
  const reader = new ByteReader('a quality sketch', bytes);
  const version = reader.byte();
  if (version !== VERSION) throw reader.fault(`version ${version} is not ${VERSION}`);
  const predictions = signed(reader);
  const labels = signed(reader);
  const sketch = reader.check(() => QualitySketch.withCounts(predictions, labels));
  const names: string[] = [];
  const classes = reader.countOf(1);
  // One more than have places of their own: that of all others.
  if (classes > MOST_CLASSES + 1) throw reader.fault(`${classes} classes are too many`);
  for (let at = 0; at < classes; at++) names.push(text(reader));
  if (new Set(names).size < names.length) throw reader.fault('a class comes twice');
  const nameAt = (place: number): string => {
    if (place < 1 || place > names.length) throw reader.fault(`there is no class ${place}`);
    return names[place - 1];
  };
  for (let left = reader.countOf(4); left > 0; left--) {
    const place = reader.varuint();
    const predicted = place === 0 ? null : nameAt(place);
    const bin = binOf(reader, NO_SCORE, LAST_ANSWER_BIN);
    sketch.classes.addPredictions(predicted, bin, signed(reader));
    for (let truths = reader.countOf(4); truths > 0; truths--) {
      const truth = nameAt(reader.varuint());
      const count = signed(reader);
      sketch.classes.addTruths(predicted, bin, truth, { count, weight: sumOf(reader), weightSquares: sumOf(reader) });
    }
  }
  for (let left = reader.countOf(3 + VALUE_SUMS.length); left > 0; left--) {
    const bin = binOf(reader, -MOST_VALUE_BIN, MOST_VALUE_BIN);
    const cell = { bin, predictions: signed(reader), labels: signed(reader) };
    const sums = Object.fromEntries(VALUE_SUMS.map((name) => [name, sumOf(reader)])) as Record<ValueSum, ExactSum>;
    sketch.values.mergeCell({ ...cell, sums });
  }
  for (let left = reader.countOf(2); left > 0; left--) {
    sketch.values.addResiduals(binOf(reader, -MOST_VALUE_BIN, MOST_VALUE_BIN), signed(reader));
  }
  reader.end();
  return sketch;
}

function signed(reader: ByteReader): number {
  return unzigzag(reader.varuint());
}

function binOf(reader: ByteReader, least: number, most: number): number {
  const bin = signed(reader);
  if (bin < least || bin > most) throw reader.fault(`there is no bin ${bin}`);
  return bin;
}

function sumOf(reader: ByteReader): ExactSum {
  const parts: (readonly [number, number])[] = [];
  for (let left = reader.countOf(2); left > 0; left--) parts.push([signed(reader), signed(reader)]);
  return reader.check(() => ExactSum.fromParts(parts));
}

function text(reader: ByteReader): string {
  const length = reader.countOf(1);
  if (length > LONGEST_NAME) throw reader.fault(`the name of a class takes ${length} bytes`);
  return decoder.decode(Uint8Array.from({ length }, () => reader.byte()));
}

const encoder = new TextEncoder();
// A name may begin with the character that is otherwise taken for a mark of the byte order and left out.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  count(value: number): void {
    this.#reserve(9);
    this.#length = putVaruint(this.#bytes, this.#length, value);
  }

  /** Zigzag: 0, -1, 1, -2 … as 0, 1, 2, 3 … */
  signed(value: number): void {
    this.count(zigzag(value));
  }

  sum(sum: ExactSum): void {
    const parts = sum.parts();
    this.count(parts.length);
    for (const [exponent, whole] of parts) {
      this.signed(exponent);
      this.signed(whole);
    }
  }

  text(value: string): void {
    const bytes = encoder.encode(value).subarray(0, LONGEST_NAME);
    this.count(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
