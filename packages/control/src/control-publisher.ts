import { createHash } from 'node:crypto';
import {
  CONTROL_HEADER,
  monitorKey,
  RecordWriter,
  type AppliedMonitor,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import {
  baselineKey,
  hashId,
  type AcknowledgementControl,
  type Baseline,
  type Control,
  type FeedbackControl,
  type Mute,
  type ResumeControl,
} from '@tidemark/monitoring';
import { TransportError, type Log, type OutRecord, type TransactionalProducer } from '@tidemark/transport';
import { ControlError } from './control-error.js';
import { ControlState, muteKey, type KeptMute } from './control-state.js';
import type { ChangeOrigin, MonitorChange } from './monitor-changes.js';

export interface ControlPublisherOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly topics: Topics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the baseline's bytes after the magic byte and the schema id begin at. */
const HEADER_BYTES = 5;
/** A mute that ended so long ago, in milliseconds, no stream's event time will come to again. */
const MUTE_KEPT_FOR = 30 * 86_400_000;

/**
 * Publishes changes: what they say goes to the compacted topics, and a control record into every partition of the partials, from whose
 * offset on the change holds there, all in one transaction. Opening one ends all others of the installation, so that what this one read
 * is what its changes are made to.
 */
export class ControlPublisher {
  private constructor(
    private readonly options: ControlPublisherOptions,
    private readonly producer: TransactionalProducer,
    private readonly writer: RecordWriter,
    private readonly partitions: number,
    /** As it was when this publisher was opened; its own changes are not in it. */
    readonly state: ControlState,
  ) {}

  /** The topics must exist. @throws TransportError or ContractsError where the log or the registry fails. */
  static async open(options: ControlPublisherOptions): Promise<ControlPublisher> {
    const { log, registry, topics, now } = options;
    const writer = await RecordWriter.open(registry, ['Monitor', 'Control', 'Baseline']);
    const partitions = await log.partitionsOf(topics.partials);
    // Others are fenced first: after that nobody can change what is read here.
    const producer = await log.transactionalProducer(`tidemark-control-${topics.monitors}`);
    try {
      return new ControlPublisher(
        options,
        producer,
        writer,
        partitions,
        await ControlState.read(log, registry, topics, now),
      );
    } catch (error) {
      await producer.close();
      throw error;
    }
  }

  /** Publishes those that change anything. @returns how many did. @throws ControlError `overtaken`. */
  async applyMonitors(changes: readonly MonitorChange[]): Promise<number> {
    const monitors = changes.flatMap(({ after }) => after ?? []);
    const { topics } = this.options;
    const kept = monitors.map((monitor) => ({
      topic: topics.monitors,
      key: monitorKey(monitor),
      value: this.writer.encode('Monitor', monitor),
    }));
    await this.#commit(kept, monitors.map(monitorControl));
    return monitors.length;
  }

  /** Mutes a model, or every one (`*`). Mutes that were over long ago are forgotten. @returns the mute with its id. */
  async mute(
    of: { readonly model: string; readonly version: string },
    mute: Mute,
    origin: ChangeOrigin,
  ): Promise<KeptMute> {
    const { model, version } = of;
    const control = withId({ ...origin, kind: 'mute' as const, model, version, mute });
    const over = this.state.mutes.filter(({ mute: { every, to } }) => every === null && to + MUTE_KEPT_FOR < origin.at);
    const { topics } = this.options;
    const kept = [
      { topic: topics.monitors, key: muteKey(control.id), value: this.writer.encode('Control', control) },
      ...over.map(({ id }) => ({ topic: topics.monitors, key: muteKey(id), value: null })),
    ];
    await this.#commit(kept, [control]);
    return control;
  }

  /** Takes a mute back. @throws ControlError `unknown` where there is no such mute. */
  async unmute(muteId: string, origin: ChangeOrigin): Promise<void> {
    this.state.mute(muteId);
    const removed = { topic: this.options.topics.monitors, key: muteKey(muteId), value: null };
    await this.#commit([removed], [withId({ ...origin, kind: 'unmute', muteId })]);
  }

  /** Publishes a baseline: it is in force from its control record on. */
  async publishBaseline(baseline: Baseline, origin: ChangeOrigin): Promise<void> {
    const value = this.writer.encode('Baseline', baseline);
    const { model, version, id: baselineId } = baseline;
    const hash = contentHash(value);
    const control = withId({ ...origin, kind: 'baseline' as const, model, version, baselineId, hash });
    // By the header detectors tell it from one that an older command line published, which no control record puts in force.
    const headers = { [CONTROL_HEADER]: control.id };
    await this.#commit(
      [{ topic: this.options.topics.baselines, key: baselineKey(baseline), value, headers }],
      [control],
    );
  }

  /** Publishes an acknowledgement, feedback, or that streams which were set aside go on. */
  async publish(
    change: AcknowledgementControl | FeedbackControl | ResumeControl,
    origin: ChangeOrigin,
  ): Promise<Control> {
    const control = withId({ ...origin, ...change });
    await this.#commit([], [control]);
    return control;
  }

  async close(): Promise<void> {
    await this.producer.close();
  }

  /** What an answer that was lost leads to is written twice: revisions and ids make the second time be passed over. */
  async #commit(kept: readonly OutRecord[], controls: readonly Control[]): Promise<void> {
    if (controls.length === 0) return;
    const values = controls.map((control) => this.writer.encode('Control', control));
    const told = Array.from({ length: this.partitions }, (_, partition) =>
      values.map((value) => ({ topic: this.options.topics.partials, partition, key: null, value })),
    );
    try {
      await this.producer.commit({ records: [...kept, ...told.flat()] });
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'fenced')) throw error;
      const message = 'Somebody else published a change at the same time; nothing of yours was. Try again.';
      throw new ControlError('overtaken', message, { cause: error });
    }
  }
}

/** 16 hexadecimal digits of what a baseline's record holds, whatever id its schema has. */
export function contentHash(value: Buffer): string {
  return createHash('sha256').update(value.subarray(HEADER_BYTES)).digest('hex').slice(0, 16);
}

function monitorControl(monitor: AppliedMonitor): Control {
  const { model, version, revision, hash, document, appliedBy: by, appliedAt: at, comment } = monitor;
  return withId({ kind: 'monitor', model, version, revision, hash, document, by, at, comment });
}

/** The same change by the same person at the same time is the same record. */
function withId<T extends object>(change: T): T & { readonly id: string } {
  return { ...change, id: hashId([JSON.stringify(change)]) };
}
