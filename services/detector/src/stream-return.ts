import {
  Detector,
  streamId,
  type AbandonedStream,
  type Control,
  type DetectorOutput,
  type NeededPanes,
} from '@tidemark/monitoring';
import { TimeSlice } from '@tidemark/runtime';
import { renewBaselines } from './baseline-renewals.js';
import { streamKey, type SetAside, type StateTopic } from './detector-state.js';
import { homesIn } from './model-homes.js';
import type { TaskContext } from './task-context.js';

/** What a stream comes back with. */
export interface Returned {
  /** It has taken in all that waited; null where it could not go on. */
  readonly detector: Detector | null;
  /** Why not, or what is to be told of the records that waited. */
  readonly detail: string;
  /** What goes out with the next transaction: everything else has been written. */
  readonly output: Pick<DetectorOutput, 'events' | 'baselines'>;
}

/**
 * Takes in the records that wait for a stream that was set aside: a detector of its own goes on from the stream's last state, and reads the
 * partition again up to an offset, as an unbroken run would have. Its rows go to the store as they come; they are keyed, so that they may
 * come again.
 */
export async function returnOf(
  aside: SetAside,
  to: number,
  partition: number,
  context: TaskContext,
): Promise<Returned> {
  const { store, reader, now, states } = context;
  const id = streamId(aside.stream);
  const detector = new Detector(partition, context.knowledge, store.database, homesIn(context));
  const output: Returned['output'] = { events: [], baselines: [] };
  const write = async (): Promise<void> => {
    const { panes, windows, quality, events, baselines } = detector.drain();
    await store.writePanes(panes);
    await store.writeBaselines(baselines);
    await store.writeWindows(windows);
    await store.writeQuality(quality);
    await store.writeDriftEvents(events);
    output.events.push(...events);
    output.baselines.push(...baselines);
  };
  const takeBack = async (needed: readonly NeededPanes[]): Promise<void> => {
    for (const each of needed) for await (const row of store.readPanes(each)) detector.takeClosedPane(row);
  };
  let first: number | null = null;
  const failed = (reason: string): Returned => ({
    detector: null,
    detail: reason,
    output: { events: [], baselines: [] },
  });
  let piece;
  try {
    piece = states.piece(partition, streamKey(partition, aside.stream));
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
  if (aside.partition !== null) {
    const streams = piece?.kind === 'stream' ? [piece.stream] : [];
    const models = aside.model === null ? [] : [aside.model];
    const controls = aside.controls === null ? {} : { controls: aside.controls };
    await takeBack(detector.restore({ partition: aside.partition, models, streams, ...controls }));
    if (aside.newFrom !== undefined) detector.continueFrom(aside.newFrom);
  }
  // Nothing had been written yet: what was in force at the first record may have expired in the log.
  else if (aside.controls !== null) detector.adoptAll(aside.controls);
  const time = new TimeSlice();
  await context.readRange(partition, aside.readFrom, to, async (record) => {
    first ??= record.offset;
    if (detector.isSetAside(aside.stream)) return;
    if (time.spent) await time.yield();
    const read = await reader.read(record.value, now());
    if (!read.ok) return;
    if (read.name === 'SketchPartial') {
      if (streamId(read.record.pane.stream) === id) detector.takePartial(record.offset, read.record);
    } else if (read.name === 'SourceWatermark') {
      for (const steps = detector.advance(record.offset, read.record); steps.next().done !== true;) {
        if (time.spent) await time.yield();
      }
      await renewBaselines(detector, store, write);
    } else if (read.name === 'Control' && isOfSettings(read.record)) {
      await write();
      await takeBack(detector.takeControl(record.offset, read.record));
    }
  });
  const [failure] = detector.takeFailures();
  if (failure !== undefined) return failed(`${failure.error.message} (at offset ${failure.offset})`);
  await write();
  const lost = first === null ? to - aside.readFrom : first - aside.readFrom;
  const detail = lost > 0 ? `; ${lost} records of before had expired, those of other streams among them` : '';
  return { detector, detail, output };
}

/**
 * What was known of a stream that was set aside and begins anew.
 *
 * @returns null where nothing was, or it cannot be read: then `detail` is what is to be told of it.
 */
export function lastKnownOf(
  aside: SetAside,
  partition: number,
  states: StateTopic,
): { readonly known: AbandonedStream | null; readonly detail: string } {
  try {
    const piece = states.piece(partition, streamKey(partition, aside.stream));
    return { known: piece?.kind === 'stream' ? { stream: piece.stream, model: aside.model } : null, detail: '' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { known: null, detail: `; incidents that were open of it stay so: ${reason}` };
  }
}

/** What people answered was taken note of by the partition's own detector. */
function isOfSettings({ kind }: Control): boolean {
  return kind === 'monitor' || kind === 'mute' || kind === 'unmute' || kind === 'baseline';
}
