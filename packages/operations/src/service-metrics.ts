import { DEAD_LETTER_REASONS, type DeadLetterReason } from '@tidemark/contracts';
import type { IncidentStatus, Severity } from '@tidemark/monitoring';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From a commit on an idle machine to a broker that is restarting. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What has become of a label; the list is closed. */
export const LABEL_FATES = [
  'joined',
  'corrected',
  'waiting',
  'sent_again',
  'orphaned',
  'unlogged',
  'forwarded',
] as const;
export type LabelFate = (typeof LABEL_FATES)[number];

/** A monitor that a service goes by, and where it is from. */
export interface HeldMonitor {
  readonly model: string;
  readonly version: string;
  readonly source: 'applied' | 'file';
  /** 0 of a file. */
  readonly revision: number;
  readonly hash: string;
}

/** What a service counts and measures, under Prometheus' conventions. Labels take values from closed or short lists only. */
export class ServiceMetrics {
  readonly #registry = new Registry();
  /** Milliseconds since the epoch, by partition. */
  readonly #watermarks = new Map<number, number>();

  readonly #records = this.#counter('records_consumed_total', 'Records read from the topic that the service consumes');
  readonly #deadLetters = this.#counter('dead_letters_total', 'Records that could not be read, by reason', ['reason']);
  readonly #partials = this.#counter('partials_written_total', 'Partial sketches published');
  readonly #requests = this.#counter('labeling_requests_total', 'Events that somebody was asked to label');
  readonly #commits = this.#histogram('commit_duration_seconds', 'Duration of the transactions that were committed');
  readonly #failedCommits = this.#counter('commit_failures_total', 'Transactions that failed, by code', ['code']);
  readonly #lag = this.#gauge('consumer_lag_records', 'Records of a partition that are yet to be read', ['partition']);
  readonly #openPanes = this.#gauge('open_panes', 'Panes that have not closed', ['partition']);
  readonly #setAside = this.#gauge(
    'detector_streams_set_aside',
    'Streams that cannot go on until they are brought back',
    ['partition'],
  );
  readonly #windows = this.#counter('windows_closed_total', 'Windows closed, segments not counted apart');
  readonly #events = this.#counter('drift_events_total', 'Drift events written', ['status', 'severity']);
  readonly #unreadable = this.#counter('unreadable_records_total', 'Records of internal topics that could not be read');
  readonly #passedOver = this.#counter(
    'baselines_passed_over_total',
    'Published baselines that do not hold, as they came without the control record that the one in force has',
  );
  readonly #outOfRange = this.#counter(
    'offsets_out_of_range_total',
    'Positions that were not in the log: its records had expired, or the topic was made anew, cut or is a copy',
  );
  readonly #writes = this.#histogram('store_write_duration_seconds', 'Duration of writes to ClickHouse', ['table']);
  readonly #failedWrites = this.#counter('store_write_failures_total', 'Failed writes to ClickHouse', [
    'table',
    'code',
  ]);
  readonly #predictions = this.#counter('predictions_logged_total', 'Predictions written to the log');
  readonly #predictionLag = this.#gauge('prediction_lag_records', 'Events of a partition that are yet to be logged', [
    'partition',
  ]);
  readonly #labels = this.#counter('labels_total', 'Labels, by what became of them', ['fate']);
  readonly #waitingLabels = this.#gauge('labels_waiting', 'Labels of a partition that wait for their prediction', [
    'partition',
  ]);
  readonly #rebalances = this.#counter('rebalances_total', 'Times that partitions were taken over');
  readonly #restarts = this.#counter('loop_restarts_total', 'Times that the loop ended by a failure and began anew');
  readonly #dependencies = this.#gauge('dependency_up', 'Whether a dependency answered when last asked', [
    'dependency',
  ]);

  /** By what holds them: the service, or a partition. */
  readonly #monitors = new Map<string, readonly HeldMonitor[]>();

  /** @param now milliseconds since the epoch, which the watermark's delay is measured against. */
  constructor(now: () => number = Date.now) {
    collectDefaultMetrics({ register: this.#registry });
    this.#watermarkGauge('watermark_timestamp_seconds', 'Event time that a partition has come to', (at) => at);
    this.#watermarkGauge('watermark_delay_seconds', 'How far the watermark is behind the clock', (at) => now() - at);
    this.#monitorGauge();
    // A series that appears with its first count has no rise that an alert could see.
    for (const reason of Object.keys(DEAD_LETTER_REASONS)) this.#deadLetters.inc({ reason }, 0);
    for (const fate of LABEL_FATES) this.#labels.inc({ fate }, 0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of it in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The monitors that the service, or a partition of it, goes by. @param holder which. */
  monitorsHeld(holder: string, monitors: readonly HeldMonitor[]): void {
    this.#monitors.set(holder, monitors);
  }

  /** Each that is held anywhere; of two partitions that differ, both. */
  get heldMonitors(): HeldMonitor[] {
    const each = [...this.#monitors.values()].flat();
    return [...new Map(each.map((held) => [JSON.stringify(held), held])).values()];
  }

  recordsConsumed(records: number): void {
    this.#records.inc(records);
  }

  deadLetter(reason: DeadLetterReason): void {
    this.#deadLetters.inc({ reason });
  }

  labelingRequested(requests: number): void {
    this.#requests.inc(requests);
  }

  partialsWritten(partials: number): void {
    this.#partials.inc(partials);
  }

  /** Times a commit. */
  commit<T>(commit: () => Promise<T>): Promise<T> {
    return timed(
      commit,
      (seconds) => this.#commits.observe(seconds),
      (code) => this.#failedCommits.inc({ code }),
    );
  }

  /** Times a write to the store. */
  write<T>(table: string, write: () => Promise<T>): Promise<T> {
    return timed(
      write,
      (seconds) => this.#writes.observe({ table }, seconds),
      (code) => this.#failedWrites.inc({ table, code }),
    );
  }

  lag(partition: number, records: number): void {
    this.#lag.set({ partition }, records);
  }

  /** @param watermark milliseconds since the epoch; -Infinity, which says nothing yet, is left out. */
  watermark(partition: number, watermark: number): void {
    if (Number.isFinite(watermark)) this.#watermarks.set(partition, watermark);
  }

  openPanes(partition: number, panes: number): void {
    this.#openPanes.set({ partition }, panes);
  }

  streamsSetAside(partition: number, streams: number): void {
    this.#setAside.set({ partition }, streams);
  }

  windowsClosed(windows: number): void {
    this.#windows.inc(windows);
  }

  driftEvent(status: IncidentStatus, severity: Severity): void {
    this.#events.inc({ status, severity });
  }

  predictionsLogged(predictions: number): void {
    this.#predictions.inc(predictions);
  }

  predictionLag(partition: number, records: number): void {
    this.#predictionLag.set({ partition }, records);
  }

  labels(fate: LabelFate, labels: number): void {
    this.#labels.inc({ fate }, labels);
  }

  labelsWaiting(partition: number, labels: number): void {
    this.#waitingLabels.set({ partition }, labels);
  }

  unreadableRecord(): void {
    this.#unreadable.inc();
  }

  baselinePassedOver(): void {
    this.#passedOver.inc();
  }

  offsetOutOfRange(): void {
    this.#outOfRange.inc();
  }

  rebalanced(): void {
    this.#rebalances.inc();
  }

  restarted(): void {
    this.#restarts.inc();
  }

  dependency(name: string, answers: boolean): void {
    this.#dependencies.set({ dependency: name }, answers ? 1 : 0);
  }

  /** Partitions that are no longer ours are another's to report. */
  forget(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#watermarks.delete(partition);
      this.#lag.remove({ partition });
      this.#openPanes.remove({ partition });
      this.#setAside.remove({ partition });
      this.#predictionLag.remove({ partition });
      this.#waitingLabels.remove({ partition });
    }
  }

  #monitorGauge(): void {
    const held = () => this.heldMonitors;
    new Gauge({
      name: 'tidemark_monitor_info',
      help: 'Monitors that the service goes by: applied through the log, with their revision, or of files beside it',
      labelNames: ['model', 'version', 'source', 'revision', 'hash'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { revision, ...labels } of held()) this.set({ ...labels, revision: String(revision) }, 1);
      },
    });
  }

  /** One value for each partition with a watermark, worked out when asked for: a delay grows while nothing comes. */
  #watermarkGauge(name: string, help: string, valueOf: (watermark: number) => number): void {
    const watermarks = this.#watermarks;
    new Gauge({
      name: `tidemark_${name}`,
      help,
      labelNames: ['partition'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [partition, watermark] of watermarks) this.set({ partition }, valueOf(watermark) / 1000);
      },
    });
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name: `tidemark_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name: `tidemark_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, labelNames: string[] = []): Histogram {
    const registers = [this.#registry];
    return new Histogram({ name: `tidemark_${name}`, help, labelNames, buckets: SECONDS, registers });
  }
}

async function timed<T>(
  action: () => Promise<T>,
  onDone: (seconds: number) => void,
  onFailure: (code: string) => void,
): Promise<T> {
  const start = performance.now();
  try {
    const result = await action();
    onDone((performance.now() - start) / 1000);
    return result;
  } catch (error) {
    const { code } = error as { code?: unknown };
    onFailure(typeof code === 'string' ? code : 'failed');
    throw error;
  }
}
