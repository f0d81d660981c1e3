import { ByteReader } from './byte-reader.js';
import { CoMoments, triangle } from './co-moments.js';
import { putVaruint, unzigzag, varuintLength, zigzag } from './varuint.js';

const VERSION = 1;

/** The bytes of moments, without their columns' names: version, columns, events, then sums and products as zigzag varints, and how many lack each pair. */
export function encodeCoMoments(moments: CoMoments): Uint8Array {
  const { columns, events, sums, products, pairs } = moments;
  const numbers = [columns.length, events, ...Array.from(sums, zigzag), ...Array.from(products, zigzag)];
  for (const pair of pairs) numbers.push(events - pair);
  const bytes = new Uint8Array(1 + numbers.reduce((length, each) => length + varuintLength(each), 0));
  bytes[0] = VERSION;
  let at = 1;
  for (const each of numbers) at = putVaruint(bytes, at, each);
  return bytes;
}

/** Reads what {@link encodeCoMoments} wrote. @throws SketchDecodeError for any other bytes, or those of another number of columns. */
export function decodeCoMoments(columns: readonly string[], bytes: Uint8Array): CoMoments {
  const reader = new ByteReader('co-moments', bytes);
  const version = reader.byte();
  if (version !== VERSION) throw reader.fault(`version ${version} is not ${VERSION}`);
  const count = reader.varuint();
  if (count !== columns.length) throw reader.fault(`it is of ${count} columns, not of ${columns.length}`);
  const size = triangle(count);
  const events = reader.varuint();
  if (count + 2 * size > reader.remaining) throw reader.fault(`the sums of ${count} columns do not fit`);
  const sums = Float64Array.from({ length: count }, () => unzigzag(reader.varuint()));
  const products = Float64Array.from({ length: size }, () => unzigzag(reader.varuint()));
  const pairs = Float64Array.from({ length: size }, () => events - reader.varuint());
  reader.end();
  return reader.check(() => CoMoments.fromParts({ columns, events, sums, products, pairs }));
}
