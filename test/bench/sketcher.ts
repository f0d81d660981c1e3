import { EventBatches, LocalRegistry, RecordWriter, schemaOf } from '@tidemark/contracts';
import { PartitionSketcher, type Baseline } from '@tidemark/monitoring';
import avro from 'avsc';
import { compareRates, measure, type Measured, type Subject } from './rates.js';
import { benchBaseline, benchMonitor, preparedDecoder, Traffic, TRAFFIC } from './traffic.js';

const EVENTS = 40_000;
/** What one fetch of a partition brings. */
const RECORDS_A_BATCH = 2000;
/** What a partition of four gets between two commits a second apart, at 40,000 events a second. */
const RECORDS_A_COMMIT = 10_000;
const MOST_PARTIAL_BYTES = 900_000;

/** Events a second through decoding, folding, draining and the encoding of partials: the sketcher without its log. */
export async function benchSketcher(print: (line: string) => void): Promise<void> {
  const registry = new LocalRegistry();
  const messages = (await Traffic.open(registry)).next(EVENTS);
  const baseline = await benchBaseline(registry);
  const type = avro.Type.forSchema(schemaOf('InferenceEvent'));
  const subjects: Subject[] = [
    await sketching('all events', false, messages, registry, baseline),
    await sketching('and 5 segments', true, messages, registry, baseline),
    {
      name: 'avsc, an object an event',
      run: () =>
        measure(EVENTS, () => {
          const decoded = messages.filter((message) => type.fromBuffer(message.subarray(5)) !== null).length;
          if (decoded !== EVENTS) throw new Error(`avsc decoded ${decoded} of ${EVENTS} events`);
        }),
    },
  ];
  print(
    `sketcher: decode, fold, drain, encode; ${TRAFFIC}; ${messages[0].length} B an event; median of 7 rounds (least to greatest)`,
  );
  await compareRates(subjects, { rounds: 7, warmUps: 2 }, print);
}

async function sketching(
  name: string,
  sliced: boolean,
  messages: readonly Buffer[],
  registry: LocalRegistry,
  baseline: Baseline,
): Promise<Subject> {
  const monitor = benchMonitor(sliced);
  const writer = await RecordWriter.open(registry, ['SketchPartial']);
  const decoder = await preparedDecoder(registry, messages[0]);
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => baseline });
  const batches = new EventBatches();
  const now = Date.now();
  const run = (): Promise<Measured> => {
    let counted = 0;
    const measured = measure(messages.length, () => {
      for (let at = 0; at < messages.length;) {
        const end = Math.min(messages.length, at + RECORDS_A_BATCH);
        for (; at < end; at++) decoder.decode(messages[at], batches, now);
        for (const batch of batches) sketcher.fold(batch);
        batches.clear();
        if (at % RECORDS_A_COMMIT !== 0 && at < messages.length) continue;
        for (const partial of sketcher.drain()) {
          writer.encodePartial(partial, MOST_PARTIAL_BYTES);
          if (partial.pane.segment.dimension === '') counted += partial.events;
        }
      }
    });
    if (counted !== messages.length) throw new Error(`The partials count ${counted} of ${messages.length} events`);
    return measured;
  };
  return { name, run };
}
