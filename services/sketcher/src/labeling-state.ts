import type { LabelingSnapshot } from '@tidemark/monitoring';

const FORMAT = 1;

/** What has been spent of the labelling budgets in one partition of the events, as JSON. */
export function encodeLabelingState(snapshot: LabelingSnapshot): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, streams: snapshot }));
}

/** Empty for what is no state of this format: the sampler then begins with nothing spent. @param onUnreadable told why it is none. */
export function decodeLabelingState(value: Buffer, onUnreadable: (reason: string) => void): LabelingSnapshot {
  let state: { readonly format?: unknown; readonly streams?: unknown } | null;
  try {
    state = JSON.parse(value.toString('utf8')) as typeof state;
  } catch (error) {
    onUnreadable(`The state is no JSON: ${(error as Error).message}`);
    return [];
  }
  if (state?.format === FORMAT && Array.isArray(state.streams)) return state.streams as LabelingSnapshot;
  const { format } = state ?? {};
  onUnreadable(
    format === FORMAT
      ? 'The state is damaged: it has no list of streams'
      : `The state has the format ${JSON.stringify(format) ?? 'of none'}; this version reads ${FORMAT}`,
  );
  return [];
}
