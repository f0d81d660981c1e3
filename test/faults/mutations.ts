import type { Random } from './random.js';

type Mutation = (bytes: Buffer, other: Buffer, random: Random) => Buffer;

const below = (bound: number, random: Random) => Math.floor(random() * bound);

/** Values that lengths and counts go wrong at, as variable-length integers and as they are. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x40, 0x7b, 0x22, 0x5c, 0xc3, 0xed];

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  unchanged: (bytes) => bytes,
  bit: (bytes, _, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[below(copy.length, random)] ^= 1 << below(8, random);
    return copy;
  },
  byte: (bytes, _, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[below(copy.length, random)] = below(256, random);
    return copy;
  },
  telling: (bytes, _, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[below(copy.length, random)] = TELLING[below(TELLING.length, random)];
    return copy;
  },
  cut: (bytes, _, random) => bytes.subarray(0, below(bytes.length + 1, random)),
  insert: (bytes, _, random) => {
    const at = below(bytes.length + 1, random);
    const inserted = Buffer.from(Array.from({ length: 1 + below(8, random) }, () => below(256, random)));
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  },
  remove: (bytes, _, random) => {
    const at = below(bytes.length + 1, random);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(16, random))]);
  },
  repeat: (bytes, _, random) => {
    const from = below(bytes.length + 1, random);
    const piece = bytes.subarray(from, from + 1 + below(64, random));
    return Buffer.concat([bytes.subarray(0, from), piece, piece, bytes.subarray(from)]);
  },
  'huge length': (bytes, _, random) => {
    const at = 5 + below(Math.max(1, bytes.length - 5), random);
    const length = Buffer.from([
      ...Array.from({ length: 1 + below(9, random) }, () => 0x80 | below(128, random)),
      0x7f,
    ]);
    return Buffer.concat([bytes.subarray(0, at), length, bytes.subarray(at + 1)]);
  },
  splice: (bytes, other, random) =>
    Buffer.concat([
      bytes.subarray(0, below(bytes.length + 1, random)),
      other.subarray(below(other.length + 1, random)),
    ]),
  noise: (bytes, _, random) => {
    const noise = Buffer.from(Array.from({ length: below(200, random) }, () => below(256, random)));
    return Buffer.concat([bytes.subarray(0, 5), noise]);
  },
};
const NAMES = Object.keys(MUTATIONS);

/** The bytes with one to three things done to them. @param other a second record, for splices. */
export function mutate(
  bytes: Buffer,
  other: Buffer,
  random: Random,
): { readonly bytes: Buffer; readonly name: string } {
  const names = Array.from({ length: 1 + below(3, random) }, () => NAMES[below(NAMES.length, random)]);
  return {
    bytes: names.reduce((changed, name) => MUTATIONS[name](changed, other, random), bytes),
    name: names.join(', '),
  };
}
