import type { LabelingSnapshot } from '@tidemark/monitoring';
import type { LogRecord } from '@tidemark/transport';

const FORMAT = 1;

/** What has been spent of the labelling budgets in one partition of the events, as JSON. */
export function encodeLabelingState(snapshot: LabelingSnapshot): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, streams: snapshot }));
}

/** Empty for what is no state of this format: the sampler then begins with nothing spent. */
export function decodeLabelingState(value: Buffer): LabelingSnapshot {
  try {
    const state = JSON.parse(value.toString('utf8')) as { readonly format: number; readonly streams: LabelingSnapshot };
    return state.format === FORMAT ? state.streams : [];
  } catch {
    return [];
  }
}

/** The newest state of each partition of the events. */
export class LabelingStates {
  readonly #states = new Map<number, LabelingSnapshot>();

  take({ key, value }: LogRecord): void {
    if (key !== null && value !== null) this.#states.set(Number(key.toString()), decodeLabelingState(value));
  }

  of(partition: number): LabelingSnapshot {
    return this.#states.get(partition) ?? [];
  }
}
