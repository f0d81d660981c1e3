import { START } from '../pipeline/stream.js';
import { allDone, allJoined, closingRecords } from './finish.js';
import { seeded } from './random.js';
import { PARTITIONS, Rig, type RigParts } from './rig.js';
import type { ServiceName } from './replica.js';
import { peaksOf } from './run-seed.js';

export interface ExplosionSettings {
  readonly events: number;
  /** Different values of the segment's dimension. */
  readonly segments: number;
  /** Events that bring a feature of a name of their own. */
  readonly names: number;
}

export interface ExplosionResult {
  readonly events: number;
  readonly counted: number;
  /** Events over all segments: the same number, however many segments share one row. */
  readonly inSegments: number;
  /** Cells of the category with a value of its own in each event. */
  readonly cells: number;
  /** Predictions in the log. */
  readonly logged: number;
  readonly columns: number;
  readonly segments: number;
  readonly peaks: Readonly<Record<ServiceName, number>>;
  readonly finished: boolean;
  readonly seconds: number;
}

const MONITOR_FILE = `
model: '*'
pane: 1m
windows: [5m]
segments: [country]
`;
const MINUTE = 60_000;
const AT_ONCE = 2000;
const FINISH_BOUND = 600_000;

const MODEL = 'shop';

/** A category with as many values as events, thousands of segments, and names of features made from an id. */
export async function runExplosion(parts: RigParts, settings: ExplosionSettings): Promise<ExplosionResult> {
  const startedAt = performance.now();
  const rig = await Rig.open(parts, 'explosion', { monitors: MONITOR_FILE });
  try {
    rig.start('sketcher', 'sketcher-1');
    rig.start('detector', 'detector-1');
    rig.start('outcomes', 'outcomes-1');
    const random = seeded(5);
    for (let at = 0; at < settings.events; at += AT_ONCE) {
      const count = Math.min(AT_ONCE, settings.events - at);
      await rig.publish(
        Array.from({ length: count }, (_, i) => ({
          topic: rig.topics.events,
          key: null,
          partition: (at + i) % PARTITIONS,
          value: explodingEvent(at + i, settings, random),
        })),
      );
    }
    const end = START + 60 * MINUTE;
    await rig.publish(closingRecords(rig, end, [MODEL]));
    const finished =
      (await allJoined(rig, { waiting: new Set(), givenUp: new Set() }, FINISH_BOUND)) &&
      (await allDone(rig, end, FINISH_BOUND));
    const peaks = peaksOf(rig);
    for (const replica of rig.replicas) await replica.stop();
    return {
      ...(await outcomeOf(rig)),
      events: settings.events,
      peaks,
      finished,
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await rig.close(false);
  }
}

function explodingEvent(index: number, { events, segments, names }: ExplosionSettings, random: () => number): Buffer {
  const named = index < names ? { [`user_${index}_clicks`]: index } : {};
  return Buffer.from(
    JSON.stringify({
      ...{ event_id: `x-${index}`, model: MODEL, version: '1' },
      // Three panes of events, in order.
      event_time: START + Math.floor((index / events) * 3 * MINUTE),
      features: { item: `item-${index}`, price: random() * 100, ...named },
      prediction: { score: random() },
      segments: { country: `c${index % segments}` },
    }),
  );
}

async function outcomeOf(rig: Rig) {
  const of = `FROM tidemark.panes WHERE model = '${MODEL}' AND version = '1' AND segment_dimension`;
  const columns = `FROM tidemark.pane_columns WHERE model = '${MODEL}' AND version = '1' AND segment_dimension = ''`;
  const number = async (sql: string) => (await rig.front.query<{ n: number }>(sql))[0].n;
  return {
    counted: await number(`SELECT sum(events) AS n ${of} = ''`),
    inSegments: await number(`SELECT sum(events) AS n ${of} = 'country'`),
    segments: await number(`SELECT uniqExact(segment_value) AS n ${of} = 'country'`),
    cells: await number(`SELECT sum(values) AS n ${columns} AND column = 'item'`),
    logged: await number(`SELECT count() AS n FROM tidemark.predictions WHERE model = '${MODEL}' AND version = '1'`),
    columns: await number(`SELECT uniqExact(column) AS n ${columns}`),
  };
}
