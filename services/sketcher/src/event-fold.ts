import {
  EventBatches,
  isolateFaults,
  refusalOf,
  type EventDecoder,
  type FaultyRecord,
  type RecordWriter,
} from '@tidemark/contracts';
import {
  LabelingSampler,
  PartitionSketcher,
  type LabelingRequest,
  type LabelingSnapshot,
  type ModelWatermark,
  type StreamKnowledge,
} from '@tidemark/monitoring';
import type { LogRecord } from '@tidemark/transport';
import { ComingSketches } from './coming-sketches.js';

/** Wider partials go in several messages: Kafka's default limit is 1 MiB, some of it overhead. Wider requests go without their features. */
const MOST_MESSAGE_BYTES = 900_000;
/** Records are kept until they are written, to be folded again one by one should it come to that; so many bytes of them bring that forward. */
const MOST_KEPT_BYTES = 64 << 20;
/** Likewise so many labelling requests. */
const MOST_REQUESTS = 5000;
/** Likewise so many sketches, of some kilobytes each: events choose the panes and segments that they open. */
const MOST_SKETCHES = 40_000;
/** Likewise so many records that are turned away: each becomes a dead letter, all encoded at once. */
const MOST_FAULTS = 5000;
/** Batches are folded before they may open so many more. */
const MOST_COMING_SKETCHES = 10_000;

export interface FoldContext {
  readonly decoder: EventDecoder;
  readonly writer: RecordWriter;
  readonly knowledge: StreamKnowledge;
  readonly sourcePartitions: number;
}

/** A message of a topic that follows from what is in it. */
export interface KeyedMessage {
  readonly key: string;
  readonly value: Buffer;
}

/** What came of the events since the last drain, encoded. */
export interface FoldedEvents {
  readonly partials: readonly KeyedMessage[];
  readonly requests: readonly KeyedMessage[];
  /** How many partials; a wide one is several messages. */
  readonly partialCount: number;
  /** How far the event time of each model with events has come. */
  readonly models: readonly ModelWatermark[];
  /** What has been spent of the labelling budgets; null where it has not changed. */
  readonly spent: LabelingSnapshot | null;
}

/** Hears of records that are turned away. */
export type OnFault = (record: LogRecord, fault: FaultyRecord, at: number) => void;
/** Is waited for between pieces of work. */
export type Pause = () => Promise<void>;

interface Kept {
  readonly record: LogRecord;
  /** The clock by which it was read, milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Turns the records of one partition of the event topic into encoded partials and labelling requests. Where anything after the decoder
 * fails over what is in them, they are folded again in halves, until the guilty ones are alone and turned away: partials add up,
 * so those of the pieces are as good as those of the whole.
 */
export class EventFold {
  readonly #batches: EventBatches;
  readonly #coming: ComingSketches;
  #sketcher: PartitionSketcher;
  #sampler: LabelingSampler;
  #spent: LabelingSnapshot;
  #watermark = -Infinity;
  /** Records that are folded and not drained. */
  #kept: Kept[] = [];
  #keptBytes = 0;
  /** Records turned away since the last drain. */
  #faults = 0;
  /** What was folded again in pieces. */
  #mended: FoldedEvents[] = [];

  /** @param spent what a former owner had spent of the labelling budgets. */
  constructor(
    private readonly context: FoldContext,
    spent: LabelingSnapshot,
    private readonly onFault: OnFault,
  ) {
    const { knowledge, sourcePartitions } = context;
    this.#spent = spent;
    this.#coming = new ComingSketches(knowledge);
    this.#sketcher = new PartitionSketcher(knowledge);
    this.#sampler = new LabelingSampler(knowledge, sourcePartitions, spent);
    this.#batches = new EventBatches({
      allowedSkewOf: (stream) => knowledge.monitorOf(stream).allowedSkew,
      columnsOf: (stream) => knowledge.baselineOf(stream)?.columns.map(({ name }) => name) ?? [],
      dimensionsOf: (stream) => {
        const { segments, labeling } = knowledge.monitorOf(stream);
        return [...segments.flat(), ...(labeling?.strata ?? [])];
      },
      textsOf: (stream) => knowledge.monitorOf(stream).texts,
      expects: (stream) => knowledge.monitorOf(stream).model === stream.model,
    });
  }

  /** The greatest event time folded so far, milliseconds since the epoch; -Infinity before the first event. */
  get watermark(): number {
    return Math.max(this.#watermark, this.#sketcher.watermark);
  }

  /** Whether so much is held that it should be drained. */
  get full(): boolean {
    if (this.#sketcher.openSketches >= MOST_SKETCHES || this.#faults >= MOST_FAULTS) return true;
    return this.#keptBytes >= MOST_KEPT_BYTES || this.#sampler.pending >= MOST_REQUESTS;
  }

  /**
   * Folds records in until it should be drained, one at the least.
   *
   * @returns how many it took. @throws ContractsError where a schema has to be fetched and the registry fails.
   */
  async take(records: readonly LogRecord[], at: number, pause: Pause = noPause): Promise<number> {
    const { decoder } = this.context;
    let taken = 0;
    for (const record of records) {
      if (this.#coming.count >= MOST_COMING_SKETCHES) await this.#fold(pause);
      if (taken > 0 && this.full) break;
      taken++;
      const { refused } = record;
      if (refused !== undefined) {
        this.#turnAway(record, refusalOf({ ...record, refused }), at);
        continue;
      }
      const needed = decoder.needsSchema(record.value, at);
      if (needed !== null) await decoder.prepare(needed, at);
      if (!this.#batches.takes(record.value?.length ?? 0)) await this.#fold(pause);
      const decoded = decoder.decode(record.value, this.#batches, at);
      if (!decoded.ok) {
        this.#turnAway(record, decoded, at);
        continue;
      }
      this.#kept.push({ record, at });
      this.#keptBytes += record.value?.length ?? 0;
      this.#coming.note(decoded.batch, decoded.row);
    }
    await this.#fold(pause);
    return taken;
  }

  /** What came of the records since the last drain. */
  async drain(pause: Pause = noPause): Promise<FoldedEvents> {
    let parts: readonly FoldedEvents[];
    try {
      const last = await this.#encode(this.#sketcher, this.#sampler, pause);
      this.#watermark = this.watermark;
      parts = [...this.#mended, last];
    } catch {
      await this.#mend(pause);
      parts = this.#mended;
    }
    const folded = {
      partials: parts.flatMap(({ partials }) => partials),
      requests: parts.flatMap(({ requests }) => requests),
      partialCount: parts.reduce((sum, { partialCount }) => sum + partialCount, 0),
      models: furthestOf(parts.flatMap(({ models }) => models)),
      spent: parts.findLast(({ spent }) => spent !== null)?.spent ?? null,
    };
    this.#spent = folded.spent ?? this.#spent;
    this.#mended = [];
    this.#faults = 0;
    this.#forget();
    return folded;
  }

  #turnAway(record: LogRecord, fault: FaultyRecord, at: number): void {
    this.#faults++;
    this.onFault(record, fault, at);
  }

  /** Folds what was decoded. */
  async #fold(pause: Pause): Promise<void> {
    try {
      for (const batch of this.#batches) {
        await pause();
        this.#sketcher.fold(batch);
        this.#sampler.take(batch);
      }
      this.#batches.clear();
      this.#coming.clear();
    } catch {
      await this.#mend(pause);
    }
  }

  async #encode(sketcher: PartitionSketcher, sampler: LabelingSampler, pause: Pause): Promise<FoldedEvents> {
    const models = sketcher.modelWatermarks;
    const drained = sketcher.drain();
    const partials: KeyedMessage[] = [];
    for (const partial of drained) {
      await pause();
      for (const value of this.context.writer.encodePartial(partial, MOST_MESSAGE_BYTES)) {
        partials.push({ key: partial.pane.stream.model, value });
      }
    }
    const requests = sampler.drain().map((request) => this.#request(request));
    return { partials, requests, partialCount: drained.length, models, spent: sampler.snapshot() };
  }

  #request(request: LabelingRequest): KeyedMessage {
    const { writer } = this.context;
    let value = writer.encode('LabelingRequest', request);
    if (value.length > MOST_MESSAGE_BYTES) value = writer.encode('LabelingRequest', { ...request, features: {} });
    return { key: request.eventId, value };
  }

  /** Folds what was kept again, in pieces, going on from the last drain: what has come of it since then is void. */
  async #mend(pause: Pause): Promise<void> {
    const kept = this.#kept;
    const { knowledge, sourcePartitions } = this.context;
    const { faulty } = await isolateFaults(kept, (piece) => this.#foldAnew(piece), pause);
    for (const { item, fault } of faulty) this.onFault(item.record, fault, item.at);
    this.#forget();
    this.#batches.clear();
    this.#coming.clear();
    this.#sketcher = new PartitionSketcher(knowledge);
    this.#sampler = new LabelingSampler(knowledge, sourcePartitions, this.#spent);
  }

  /** Folds some records alone. Has no effect where it throws. */
  async #foldAnew(piece: readonly Kept[]): Promise<void> {
    const { decoder, knowledge, sourcePartitions } = this.context;
    this.#batches.clear();
    for (const { record, at } of piece) decoder.decode(record.value, this.#batches, at);
    const sketcher = new PartitionSketcher(knowledge);
    const sampler = new LabelingSampler(knowledge, sourcePartitions, this.#spent);
    for (const batch of this.#batches) {
      sketcher.fold(batch);
      sampler.take(batch);
    }
    const folded = await this.#encode(sketcher, sampler, noPause);
    this.#mended.push(folded);
    this.#spent = folded.spent ?? this.#spent;
    this.#watermark = Math.max(this.#watermark, sketcher.watermark);
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
  }
}

/** Of each model the furthest. */
function furthestOf(watermarks: readonly ModelWatermark[]): ModelWatermark[] {
  const furthest = new Map<string, ModelWatermark>();
  for (const each of watermarks) {
    const known = furthest.get(each.model);
    if (known === undefined || known.watermark < each.watermark) furthest.set(each.model, each);
  }
  return [...furthest.values()];
}

function noPause(): Promise<void> {
  return Promise.resolve();
}
