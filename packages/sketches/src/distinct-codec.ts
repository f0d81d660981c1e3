import { ByteReader } from './byte-reader.js';
import { HyperLogLog } from './hyper-log-log.js';

const DENSE = 1;
const SPARSE = 2;

/**
 * A distinct estimate's bytes: 1 and the 1024 registers, or, where shorter, 2 and for each register that is not 0 its number
 * (16 bits, little-endian, ascending) and its rank. One form for each set of registers, so that equal estimates have equal bytes.
 */
export function encodeDistinct(distinct: HyperLogLog): Uint8Array {
  if (distinct.isEmpty) return Uint8Array.of(SPARSE);
  const registers = distinct.registers;
  // Plain loops: a commit encodes tens of thousands of these, each nearly empty.
  let used = 0;
  for (let index = 0; index < registers.length; index++) if (registers[index] > 0) used++;
  if (3 * used >= registers.length) {
    const dense = new Uint8Array(1 + registers.length);
    dense[0] = DENSE;
    dense.set(registers, 1);
    return dense;
  }
  const sparse = new Uint8Array(1 + 3 * used);
  sparse[0] = SPARSE;
  for (let index = 0, at = 1; at < sparse.length; index++) {
    const rank = registers[index];
    if (rank === 0) continue;
    sparse[at++] = index & 0xff;
    sparse[at++] = index >>> 8;
    sparse[at++] = rank;
  }
  return sparse;
}

/** Reads what {@link encodeDistinct} wrote. @throws SketchDecodeError for any other bytes. */
export function decodeDistinct(bytes: Uint8Array): HyperLogLog {
  const reader = new ByteReader('a distinct estimate', bytes);
  const form = reader.byte();
  if (form !== DENSE && form !== SPARSE) throw reader.fault(`the form ${form} is unknown`);
  if (form === SPARSE && reader.remaining === 0) return new HyperLogLog();
  const registers = new Uint8Array(HyperLogLog.registerCount);
  if (form === DENSE) {
    for (let i = 0; i < registers.length; i++) registers[i] = reader.byte();
  } else {
    for (let previous = -1; reader.remaining > 0;) {
      const index = reader.byte() + 256 * reader.byte();
      if (index <= previous || index >= registers.length) throw reader.fault('its registers do not ascend to 1023');
      registers[index] = reader.byte();
      if (registers[index] === 0) throw reader.fault(`register ${index} is listed though 0`);
      previous = index;
    }
  }
  reader.end();
  return reader.check(() => HyperLogLog.fromRegisters(registers));
}
