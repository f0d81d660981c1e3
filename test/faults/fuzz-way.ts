import {
  EventBatches,
  EventDecoder,
  parseMonitors,
  RecordReader,
  RecordWriter,
  schemaOf,
  type InferenceEvent,
  type SchemaRegistry,
} from '@tidemark/contracts';
import {
  Detector,
  LabelingSampler,
  OutcomeSketcher,
  PartitionSketcher,
  predictionsOf,
  type Baseline,
  type DetectorOutput,
  type LoggedPrediction,
  type Monitor,
  type SketchPartial,
  type StreamKnowledge,
} from '@tidemark/monitoring';
import {
  writeBaseline,
  writeDriftEvents,
  writePanes,
  writePredictions,
  writeQuality,
  writeWindows,
} from '@tidemark/store';
import type { Store } from '@tidemark/store';
import avro from 'avsc';
import { faultOfQuality } from './sound-quality.js';
import { faultOfSketch } from './sound-sketch.js';

const MONITOR_FILE = `
model: '*'
pane: 1m
windows: [5m]
segments: [country, [country, device]]
limits: { segments: 8 }
columns: { note: text, code: categorical, flag: boolean, hidden: ignore }
quality: { positive: 'yes' }
labeling: { share: 0.2, strata: [country] }
`;
const MOST_MESSAGE_BYTES = 900_000;
const DAY = 86_400_000;
/** Probabilities that labels may claim to have been chosen with. */
const CHOSEN = [1, 0.5, 1e-9, 1e-300, 1, 1e-308, Number.EPSILON] as const;

/** The whole way of events: decode, fold, drain, encode; what another process makes of that: decode, detect, drain, and the rows as the store inserts them. */
export class Way {
  /** Milliseconds of processor time that the last events took in each service: what others do on the machine is none of it. */
  readonly spent = { sketcher: 0, detector: 0 };
  readonly #reader: RecordReader;
  readonly #decoder: EventDecoder;
  readonly #monitor = monitorOf(MONITOR_FILE);
  readonly #knowledge: StreamKnowledge;
  readonly #tables = new RowTables();
  readonly #drift = avro.Type.forSchema(schemaOf('DriftEvent'));

  private constructor(
    private readonly writer: RecordWriter,
    registry: SchemaRegistry,
    baseline: Baseline,
    private readonly now: number,
  ) {
    const layouts = new Map(baseline.columns.map(({ name, layout }) => [name, layout]));
    this.#reader = new RecordReader(registry, {
      layoutOf: (id, column) => (id === baseline.id ? (layouts.get(column) ?? null) : null),
    });
    this.#decoder = new EventDecoder(registry);
    this.#knowledge = {
      monitorOf: () => this.#monitor,
      baselineOf: ({ model }) => (model === baseline.model ? baseline : null),
    };
  }

  static async open(registry: SchemaRegistry, baseline: Baseline, now: number): Promise<Way> {
    const writer = await RecordWriter.open(registry, [
      ...(['SketchPartial', 'SourceWatermark', 'LabelingRequest', 'DriftEvent', 'InferenceEvent'] as const),
    ]);
    const way = new Way(writer, registry, baseline, now);
    for (let id = 1; id <= 16; id++) {
      await way.#reader.prepare(id, now);
      await way.#decoder.prepare(id, now);
    }
    return way;
  }

  encode(event: InferenceEvent): Buffer {
    return this.writer.encode('InferenceEvent', event);
  }

  /**
   * Takes events the whole way.
   * @returns how many were taken.
   * @throws whatever goes wrong: all that the decoder takes must arrive.
   */
  async take(messages: readonly Buffer[]): Promise<number> {
    const cpu = process.cpuUsage();
    const batches = new EventBatches({ textsOf: () => this.#monitor.texts, dimensionsOf: () => ['country', 'device'] });
    const sketcher = new PartitionSketcher(this.#knowledge);
    const sampler = new LabelingSampler(this.#knowledge, 1);
    const labels = new OutcomeSketcher(this.#knowledge);
    let events = 0;
    const fold = async (): Promise<void> => {
      for (const batch of batches) {
        events += batch.rows;
        let before: LoggedPrediction | null = null;
        for (const { row, prediction } of predictionsOf(batch, this.#monitor)) {
          await writePredictions(this.#tables.store, [
            { prediction, offset: 7, expiresAt: prediction.eventTime + DAY },
          ]);
          if (before !== null) label(labels, prediction, before, row);
          before = prediction;
        }
        sketcher.fold(batch);
        sampler.take(batch);
      }
      batches.clear();
    };
    for (const message of messages) {
      if (!batches.takes(message.length)) await fold();
      this.#decoder.decode(message, batches, this.now);
    }
    await fold();
    if (events === 0) return 0;
    const requests = sampler.drain();
    for (const request of requests) this.#through(this.writer.encode('LabelingRequest', request));
    JSON.stringify(sampler.snapshot());
    const partials = [...sketcher.drain(), ...labels.drain()].flatMap((partial) =>
      this.writer.encodePartial(partial, MOST_MESSAGE_BYTES),
    );
    this.spent.sketcher = millisecondsSince(cpu);
    const afterwards = process.cpuUsage();
    await this.#detect(partials, sketcher.watermark, events);
    this.spent.detector = millisecondsSince(afterwards);
    return events;
  }

  async #detect(partials: readonly Buffer[], watermark: number, events: number): Promise<void> {
    const detector = new Detector(0, this.#knowledge);
    let offset = 0;
    for (const message of partials) {
      const partial = this.#through(message) as SketchPartial;
      const fault = faultOf(partial);
      if (fault !== null) throw new Error(`a partial of sound events is not sound: ${fault}`);
      detector.takePartial(offset++, partial);
    }
    let panes = 0;
    const give = async (output: DetectorOutput): Promise<void> => {
      for (const { pane, events: counted } of output.panes) if (pane.segment.dimension === '') panes += counted;
      await this.#write(output);
    };
    // Twice: after a state that was saved and restored, too.
    for (const ahead of [0, 2 * DAY]) {
      const time = watermark + ahead;
      detector.takeWatermark(offset++, { sourcePartition: 0, sourcePartitions: 1, watermark: time, idleFor: 0 });
      await give(detector.drain());
      JSON.stringify(detector.snapshot());
    }
    detector.finish();
    await give(detector.drain());
    if (panes !== events) throw new Error(`${panes} of ${events} events are in panes`);
  }

  async #write({ panes, windows, quality, events, baselines }: DetectorOutput): Promise<void> {
    const { store } = this.#tables;
    await writePanes(store, panes);
    for (const baseline of baselines) await writeBaseline(store, baseline);
    await writeWindows(store, windows);
    await writeQuality(store, quality);
    await writeDriftEvents(store, events);
    for (const event of events) {
      const message = this.writer.encode('DriftEvent', event);
      this.#drift.fromBuffer(message.subarray(5));
    }
  }

  /** What a reader makes of what was written: it must be able to. */
  #through(message: Buffer): unknown {
    const read = this.#reader.decode(message);
    if (!read.ok) throw new Error(`what was written cannot be read: ${read.reason}: ${read.detail}`);
    return read.record;
  }
}

/** As if what another event answered had turned out to be true of one. */
function label(labels: OutcomeSketcher, prediction: LoggedPrediction, truth: LoggedPrediction, row: number): void {
  const { stream, eventTime, segments, answer } = prediction;
  const { value } = truth.answer;
  labels.fold([
    {
      ...{ stream, eventTime, segments, answer },
      truth: { class: truth.answer.class ?? (value === null ? 'yes' : null), value },
      inclusionProbability: CHOSEN[row % CHOSEN.length],
      sign: row % 5 === 0 ? -1 : 1,
    },
  ]);
}

function millisecondsSince(cpu: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000;
}

function faultOf({ columns, quality }: SketchPartial): string | null {
  for (const column of columns) {
    const fault = faultOfSketch(column);
    if (fault !== null) return fault;
  }
  return quality === null ? null : faultOfQuality(quality);
}

/** Takes rows as an insert does: as JSON, in which every number is one and every text is of whole characters. */
class RowTables {
  readonly store = {
    database: 'tidemark',
    insert: (table: string, rows: readonly object[]): Promise<void> => {
      for (const row of rows) {
        checkNumbers(row, table);
        const text = JSON.stringify(row);
        if (/\\ud[89a-f]/.test(text) && /\p{Surrogate}/u.test(JSON.stringify(JSON.parse(text)))) {
          throw new Error(`a row of ${table} has half of a surrogate pair`);
        }
      }
      return Promise.resolve();
    },
  } as unknown as Store;
}

function checkNumbers(value: unknown, where: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`${where} is ${value}, which is null in JSON`);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) checkNumbers(item, `${where}.${name}`);
}

function monitorOf(text: string): Monitor {
  const parsed = parseMonitors(text, 'the fuzzing');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.monitors[0].monitor;
}
