import type { OutRecord } from '@tidemark/transport';
import { PARTITIONS, type Rig } from './rig.js';

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** An event long after the others in each partition closes all panes before it. */
export function closingRecords(rig: Rig, end: number): OutRecord[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => ({
    ...{ topic: rig.topics.events, partition, key: `end-${partition}` },
    value: Buffer.from(
      JSON.stringify({
        ...{ event_id: `end-${partition}`, model: 'end', version: '1', event_time: end, features: { x: 1 } },
      }),
    ),
  }));
}

/**
 * Waits until the sketchers have committed the whole event topic and the detectors every partial, with the watermark beyond a time.
 * @returns whether they came to it in time.
 */
export async function allDone(rig: Rig, time: number, bound: number): Promise<boolean> {
  const deadline = performance.now() + bound;
  const states = new Map<number, { readonly position: number; readonly watermark: number }>();
  const follower = await rig.log.follow(rig.topics.detectorState, ({ partition, value }) => {
    if (value === null) return;
    const { snapshot } = JSON.parse(value.toString()) as {
      snapshot: { position: number; watermarks: { current: unknown } };
    };
    const { current } = snapshot.watermarks;
    const watermark = typeof current === 'number' ? current : -Infinity;
    states.set(partition, { position: snapshot.position, watermark });
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

/**
 * Waits until every prediction is in the log, every label has been read, and none waits but those whose event there is not.
 * @returns whether it came to it in time.
 */
export async function allJoined(rig: Rig, orphans: number, bound: number): Promise<boolean> {
  const deadline = performance.now() + bound;
  const waiting = "SELECT count() AS labels FROM tidemark.waiting_labels WHERE fate = 'waiting'";
  const readAll = async (topic: string, group: string) => {
    const last = await lastOffsets(rig, topic);
    const committed = await rig.log.committed(`${rig.prefix}tidemark-outcomes-${group}`, topic);
    return [...last].every(([partition, offset]) => (committed.get(partition) ?? 0) > offset);
  };
  while (performance.now() < deadline) {
    // Waiting labels first: one that found its prediction is sent again, and has then to be read.
    const [{ labels }] = await rig.front.query<{ labels: number }>(waiting);
    const { events, groundTruth } = rig.topics;
    if (labels === orphans && (await readAll(events, 'predictions')) && (await readAll(groundTruth, 'labels')))
      return true;
    await pause(1000);
  }
  return false;
}

async function lastOffsets(rig: Rig, topic: string): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  await rig.read(topic, ({ partition, offset }) => void last.set(partition, offset));
  return last;
}
