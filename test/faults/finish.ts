import { progressIn } from '@tidemark/detector';
import type { OutRecord } from '@tidemark/transport';
import type { PlannedLabels } from './labels.js';
import { PARTITIONS, type Rig } from './rig.js';

/** The version of the events that close what is open. */
export const CLOSING = 'end';

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * An event of each model long after its others, in each partition, closes all of its panes before it: event time is a model's own. They are of a
 * version of their own, which no audit counts; those of the model `end` move the time of whoever has no events there.
 */
export function closingRecords(rig: Rig, end: number, models: readonly string[]): OutRecord[] {
  return ['end', ...models].flatMap((model) =>
    Array.from({ length: PARTITIONS }, (_, partition) => {
      const id = `${model}-end-${partition}`;
      const event = { event_id: id, model, version: CLOSING, event_time: end, features: { x: 1 } };
      return { topic: rig.topics.events, partition, key: id, value: Buffer.from(JSON.stringify(event)) };
    }),
  );
}

/**
 * Waits until the sketchers have committed the whole event topic and the detectors every partial, with the watermark beyond a time.
 * @returns whether they came to it in time.
 */
export async function allDone(rig: Rig, time: number, bound: number): Promise<boolean> {
  const deadline = performance.now() + bound;
  const states = new Map<number, { readonly position: number; readonly watermark: number }>();
  const follower = await rig.log.follow(rig.topics.detectorState, (record) => {
    const progress = progressIn(record);
    if (progress === null) return;
    const { partition } = record;
    const { position, watermarks } = progress;
    states.set(partition, { position, watermark: watermarks.current });
  });
  try {
    const events = await lastOffsets(rig, rig.topics.events);
    const group = `${rig.prefix}tidemark-sketcher`;
    const sketched = async () => {
      const committed = await rig.log.committed(group, rig.topics.events);
      return [...events].every(([partition, last]) => (committed.get(partition) ?? 0) > last);
    };
    while (!(await sketched())) {
      if (performance.now() > deadline) return false;
      await pause(500);
    }
    // Watermarks of idle partitions go on coming: what matters is what was there when the last event had been sketched.
    const partials = await lastOffsets(rig, rig.topics.partials);
    const detected = () =>
      [...partials].every(([partition, last]) => {
        const state = states.get(partition);
        return state !== undefined && state.position > last && state.watermark >= time;
      });
    while (!detected()) {
      if (performance.now() > deadline) return false;
      await pause(250);
    }
    return true;
  } finally {
    await follower.stop();
  }
}

/** Where each partition's detector has come to in the partials, as its state says. */
export async function positionsOf(rig: Rig): Promise<Map<number, number>> {
  const positions = new Map<number, number>();
  await rig.read(rig.topics.detectorState, (record) => {
    const progress = progressIn(record);
    if (progress !== null) positions.set(record.partition, progress.position);
  });
  return positions;
}

/**
 * Waits until every prediction is in the log and every label has been read, those that waited too: none waits but those whose event
 * there is not, and those of them that are to be given up have been. @returns whether it came to it in time.
 */
export async function allJoined(
  rig: Rig,
  { waiting, givenUp }: Pick<PlannedLabels, 'waiting' | 'givenUp'>,
  bound: number,
): Promise<boolean> {
  const deadline = performance.now() + bound;
  const { events, groundTruth } = rig.topics;
  const predictions = await lastOffsets(rig, events);
  while (performance.now() < deadline) {
    const labels = await lastOffsets(rig, groundTruth);
    if (
      (await hasRead(rig, 'predictions', events, predictions)) &&
      (await hasRead(rig, 'labels', groundTruth, labels))
    ) {
      const left = await unjoined(rig);
      const expected = left.waiting === waiting.size && left.orphaned === givenUp.size;
      // One that found its prediction was sent again, and has then to be read.
      if (expected && sameOffsets(labels, await lastOffsets(rig, groundTruth))) return true;
    }
    await pause(1000);
  }
  return false;
}

/** Events whose labels wait, and those whose labels have been given up: a label that was published twice waits twice. */
async function unjoined(rig: Rig): Promise<{ waiting: number; orphaned: number }> {
  const [row] = await rig.front.query<{ waiting: number; orphaned: number }>(
    `SELECT uniqExactIf(event_id, fate = 'waiting') AS waiting, uniqExactIf(event_id, fate = 'orphaned') AS orphaned
     FROM tidemark.waiting_labels`,
  );
  return row;
}

async function hasRead(
  rig: Rig,
  of: 'predictions' | 'labels',
  topic: string,
  last: ReadonlyMap<number, number>,
): Promise<boolean> {
  const committed = await rig.log.committed(`${rig.prefix}tidemark-outcomes-${of}`, topic);
  return [...last].every(([partition, offset]) => (committed.get(partition) ?? 0) > offset);
}

function sameOffsets(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  return a.size === b.size && [...a].every(([partition, offset]) => b.get(partition) === offset);
}

async function lastOffsets(rig: Rig, topic: string): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  await rig.read(topic, ({ partition, offset }) => void last.set(partition, offset));
  return last;
}
