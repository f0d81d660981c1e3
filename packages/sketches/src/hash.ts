/*
 * The hash under the distinct estimates: 64 bits as two 32-bit halves, with integer multiplies only. Two lanes are mixed by
 * three rounds, each invertible, so that different doubles never collide; each round ends in the 32-bit finaliser with the
 * constants of MurmurHash3 (Appleby 2011, public domain). It is part of the stored format: changing it makes old and new
 * registers unmergeable.
 */

const MIX_1 = 0x85ebca6b;
const MIX_2 = 0xc2b2ae35;
const LANE_1 = 0x9e3779b1;
const LANE_2 = 0x27d4eb2f;

/** Avalanches 32 bits: each input bit flips each output bit with probability near one half. Invertible. */
function avalanche(bits: number): number {
  let h = bits ^ (bits >>> 16);
  h = Math.imul(h, MIX_1);
  h ^= h >>> 13;
  h = Math.imul(h, MIX_2);
  return h ^ (h >>> 16);
}

/** The first half of the hash of two 32-bit words. @returns a signed 32-bit integer. */
export function hashHigh(low: number, high: number): number {
  const second = avalanche((low + Math.imul(high, LANE_1)) | 0);
  const first = avalanche((high + Math.imul(second, LANE_2)) | 0);
  return first;
}

/** The second half, which needs the first. @returns a signed 32-bit integer. */
export function hashLow(low: number, high: number, first: number): number {
  const second = avalanche((low + Math.imul(high, LANE_1)) | 0);
  return avalanche((second + Math.imul(first, LANE_1)) | 0);
}

/** Folds UTF-16 code units into two words that {@link hashHigh} then mixes. @returns the words, low first. */
export function foldString(text: string): readonly [low: number, high: number] {
  let low = text.length ^ LANE_2;
  let high = LANE_1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(((low << 5) | (low >>> 27)) ^ unit, MIX_1);
    high = Math.imul(((high << 11) | (high >>> 21)) ^ unit, MIX_2);
  }
  return [low, high];
}
