import { RecordFault } from '../records/record-fault.js';

/** 2000-01-01T00:00:00Z: times before it are taken for clocks gone wrong. */
export const EARLIEST_TIME = Date.UTC(2000, 0, 1);
/** 2100-01-01T00:00:00Z: rows expire by a ClickHouse DateTime, which ends in 2106. */
export const LATEST_TIME = Date.UTC(2100, 0, 1);

/**
 * The time of a record in whole milliseconds: a fraction, such as Python's `time.time() * 1000` gives, is cut off.
 *
 * @param field names it in the fault.
 * @param latest the latest time that is taken, milliseconds since the epoch; never later than LATEST_TIME.
 * @throws RecordFault `time_out_of_range` for NaN, infinities and times before 2000 or after the latest.
 */
export function wholeTime(field: 'event_time' | 'observed_at', time: number, latest: number): number {
  const whole = Math.trunc(time);
  if (whole >= EARLIEST_TIME && whole <= latest && whole < LATEST_TIME) return whole;
  const readable = Math.abs(time) <= 8.64e15 ? ` (${new Date(time).toISOString()})` : '';
  const hint = time > 1e14 ? '; it looks like microseconds' : time > 0 && time < 1e10 ? '; it looks like seconds' : '';
  throw new RecordFault(
    'time_out_of_range',
    `${field} is ${time} ms${readable}: before 2000 or beyond the allowed skew${hint}`,
  );
}

/**
 * A record's own timestamp, which its producer chose: 0, as for a record that has none, where it is none that could be stored.
 */
export function soundTimestamp(timestamp: number): number {
  return timestamp >= 0 && timestamp < LATEST_TIME ? Math.trunc(timestamp) : 0;
}
