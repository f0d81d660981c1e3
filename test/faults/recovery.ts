import type { Rig } from './rig.js';
import { clockOf, STEADY_MODELS } from './stream.js';

/** Milliseconds from SIGKILL to the first new window of every stream, at most. */
export const RECOVERY_BOUND = 15_000;

/**
 * How long after a kill every stream had a window again that ends after what had been published by then: windows which had been
 * on their way do not count, so this holds the session's end, the rebalance, a restart and the window's own time.
 *
 * Each model goes by its own clock. Those that stop or come only now and then have no window to wait for.
 *
 * @param at when the service was dead, by this machine's clock
 * @param time how far the stream's event time had come at that moment
 * @returns milliseconds; null where a stream had none
 */
export async function recoveryTime(rig: Rig, at: number, time: number): Promise<number | null> {
  const recovered = STEADY_MODELS.map(
    (model) => `model = '${model}' AND toUnixTimestamp64Milli(window_start) + 30000 > ${time + clockOf(model)}`,
  );
  const rows = await rig.front.query<{ model: string; written: number }>(
    `SELECT model, min(toUnixTimestamp64Milli(written_at)) AS written FROM tidemark.windows_raw
     WHERE version = '1' AND role = 'champion' AND segment_dimension = '' AND column = '' AND window_size_ms = 30000
       AND (${recovered.join(' OR ')}) GROUP BY model`,
  );
  if (rows.length < STEADY_MODELS.length) return null;
  return Math.max(...rows.map(({ written }) => written)) - at;
}
