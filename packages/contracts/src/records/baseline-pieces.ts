import { createHash } from 'node:crypto';
import { ContractsError } from '../contracts-error.js';

/** A baseline up to this is one record, as every version reads it; its topic takes 8 MiB. */
const MOST_WHOLE = 7 << 20;
/** Of a piece: any topic takes it, whatever its limit. */
const PIECE_BYTES = 700_000;
/** A baseline of 2,000 columns × 512 windows has some 30 to 60 of them. */
const MOST_PIECES = 200;
/** Where a message in the registry's format has a zero byte: a version that knows no pieces reports each of them as unreadable. */
const PIECE_MAGIC = 1;
const HASH_BYTES = 16;
/** The magic byte, the piece's number, how many there are, and the hash of the whole. */
const HEADER_BYTES = 1 + 4 + 4 + HASH_BYTES;

/** The largest baseline that is written and read, in bytes of its record. */
export const MOST_BASELINE_BYTES = MOST_PIECES * PIECE_BYTES;

/** A record of the topic of baselines. */
export interface BaselineRecord {
  readonly key: string;
  readonly value: Buffer;
}

/**
 * An encoded baseline as the records that hold it, in the order in which they must be written, in one transaction: a single one under its
 * key, or pieces, of which the one under its key comes last. Where a later baseline has fewer, those that are left over mean nothing.
 *
 * @throws ContractsError `invalid-record` where it is larger than readers take.
 */
export function baselineRecords(key: string, value: Buffer): BaselineRecord[] {
  if (value.length <= MOST_WHOLE) return [{ key, value }];
  if (value.length > MOST_BASELINE_BYTES) {
    throw new ContractsError(
      'invalid-record',
      `The baseline of ${key} has ${value.length} bytes, and ${MOST_BASELINE_BYTES} are allowed: it has too many columns, bins or windows. ` +
        'Leave columns out in the monitor (other_columns, limits), or take longer windows',
    );
  }
  const pieces = Math.ceil(value.length / PIECE_BYTES);
  const hash = hashOf(value);
  const records = Array.from({ length: pieces }, (_, piece) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header[0] = PIECE_MAGIC;
    header.writeUInt32BE(piece, 1);
    header.writeUInt32BE(pieces, 5);
    hash.copy(header, 9);
    const bytes = value.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
    return { key: piece === 0 ? key : `${key}#${piece}`, value: Buffer.concat([header, bytes]) };
  });
  return [...records.slice(1), records[0]];
}

/** A baseline's bytes; a piece that others follow; or why it cannot be read. */
export type GatheredBaseline =
  | { readonly kind: 'whole'; readonly value: Buffer }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface Piece {
  readonly piece: number;
  readonly pieces: number;
  readonly hash: Buffer;
  readonly bytes: Buffer;
}

/** Puts baselines together that come in pieces, in the order of their records. */
export class BaselineGathering {
  /** By key, those that came since the last record under the key itself; by their number. */
  readonly #pieces = new Map<string, Map<number, Piece>>();

  take(key: string, value: Buffer): GatheredBaseline {
    if (value[0] !== PIECE_MAGIC) {
      this.#pieces.delete(key);
      return { kind: 'whole', value };
    }
    const piece = pieceOf(value);
    if (piece === null) return unreadable('it is no piece of a baseline');
    if (piece.piece > 0) {
      const of = key.slice(0, key.lastIndexOf('#'));
      if (key !== `${of}#${piece.piece}`) return unreadable(`its key is not that of piece ${piece.piece}`);
      const known = this.#pieces.get(of) ?? new Map<number, Piece>();
      // A copy: the record is a part of a whole batch.
      known.set(piece.piece, { ...piece, hash: Buffer.from(piece.hash), bytes: Buffer.from(piece.bytes) });
      this.#pieces.set(of, known);
      return { kind: 'waiting' };
    }
    const others = this.#pieces.get(key);
    this.#pieces.delete(key);
    const bytes = [piece.bytes];
    for (let at = 1; at < piece.pieces; at++) {
      const other = others?.get(at);
      if (other?.pieces !== piece.pieces || !other.hash.equals(piece.hash)) {
        return unreadable(`piece ${at + 1} of ${piece.pieces} is not there`);
      }
      bytes.push(other.bytes);
    }
    const whole = Buffer.concat(bytes);
    if (!hashOf(whole).equals(piece.hash)) return unreadable('its pieces are damaged');
    return { kind: 'whole', value: whole };
  }
}

function pieceOf(value: Buffer): Piece | null {
  if (value.length <= HEADER_BYTES) return null;
  const [piece, pieces] = [value.readUInt32BE(1), value.readUInt32BE(5)];
  if (piece >= pieces || pieces > MOST_PIECES) return null;
  const bytes = value.subarray(HEADER_BYTES);
  return bytes.length > PIECE_BYTES ? null : { piece, pieces, hash: value.subarray(9, HEADER_BYTES), bytes };
}

function unreadable(reason: string): GatheredBaseline {
  return { kind: 'unreadable', reason };
}

function hashOf(value: Buffer): Buffer {
  return createHash('sha256').update(value).digest().subarray(0, HASH_BYTES);
}
