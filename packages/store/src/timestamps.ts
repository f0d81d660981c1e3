import { StoreError } from './store-error.js';

/** The range of DateTime64: the years 1900 to 2299. Outside it the engine would silently take another time. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** Milliseconds since the epoch as an insert takes them. @throws StoreError `bad-query` for a time that the store cannot hold. */
export function toTimestamp(time: number): string {
  const whole = Math.round(time);
  if (!(whole >= EARLIEST && whole <= LATEST)) {
    throw new StoreError(
      'bad-query',
      `The store holds times of the years 1900 to 2299, not ${time} ms since the epoch`,
    );
  }
  return new Date(whole).toISOString().slice(0, -1).replace('T', ' ');
}
