import {
  EventBatches,
  EventDecoder,
  LocalRegistry,
  RecordWriter,
  schemaOf,
  type InferenceEvent,
} from '@tidemark/contracts';
import avro from 'avsc';

const EVENTS = 2000;
const ROUNDS = 25;
const NOW = Date.UTC(2026, 0, 1);

/**
 * Nanoseconds an event of 20 numeric and 5 categorical features, a score, a class and a segment, by decoder. The decoders
 * take turns, so that a disturbance of the machine falls on all; ratios are of the same round.
 */
export async function benchDecode(print: (line: string) => void): Promise<void> {
  const registry = new LocalRegistry();
  const writer = await RecordWriter.open(registry, ['InferenceEvent']);
  const decoder = new EventDecoder(registry);
  await decoder.prepare(1, NOW);
  const batches = new EventBatches();
  const events = Array.from({ length: EVENTS }, (_, i) => event(i));
  // As a fetch gives them: slices of one buffer.
  const binary = slices(events.map((each) => writer.encode('InferenceEvent', each)));
  const json = slices(events.map((each) => Buffer.from(JSON.stringify(plain(each)))));
  const type = avro.Type.forSchema(schemaOf('InferenceEvent'));

  const decodeAll = (messages: readonly Buffer[]): number => {
    for (const message of messages) decoder.decode(message, batches, NOW);
    const { rows } = batches;
    batches.clear();
    return rows;
  };
  const runs: readonly (readonly [string, () => number])[] = [
    ['columnar, Avro', () => decodeAll(binary)],
    ['columnar, JSON', () => decodeAll(json)],
    [
      'avsc, an object an event',
      () => binary.filter((message) => type.fromBuffer(message.subarray(5)) !== null).length,
    ],
  ];
  const times = runs.map((): number[] => []);
  for (let round = -5; round < ROUNDS; round++) {
    runs.forEach(([name, run], i) => {
      const from = process.hrtime.bigint();
      const rows = run();
      const took = Number(process.hrtime.bigint() - from) / EVENTS;
      if (rows !== EVENTS) throw new Error(`${name} decoded ${rows} of ${EVENTS} events`);
      if (round >= 0) times[i].push(took);
    });
  }
  print(
    `decode: 20 numeric and 5 categorical features, ${Math.round(binary[0].length)} B Avro, ${json[0].length} B JSON`,
  );
  runs.forEach(([name], i) => {
    const ratios = times[i].map((took, round) => times[0][round] / took);
    print(
      `  ${name.padEnd(26)} ${spread(times[i], 0)} ns an event, ${spread(
        ratios.map((ratio) => 1 / ratio),
        2,
      )} of columnar Avro`,
    );
  });
}

function event(i: number): InferenceEvent {
  const features: Record<string, number | string> = {};
  for (let n = 0; n < 20; n++) features[`numeric_${n}`] = Math.sin(i * 20 + n) * 100;
  for (let n = 0; n < 5; n++) features[`category_${n}`] = `value_${(i * 7 + n) % 12}`;
  return {
    eventId: `0b9c1f7e-8d6a-4f2b-9c3d-${String(i).padStart(12, '0')}`,
    model: 'churn',
    version: '2024-06',
    eventTime: NOW - i,
    features,
    prediction: { score: (i % 100) / 100, class: i % 3 === 0 ? 'yes' : 'no' },
    segments: { country: ['DE', 'BR', 'US'][i % 3] },
  };
}

function plain({ eventId, eventTime, ...rest }: InferenceEvent): object {
  return { event_id: eventId, event_time: eventTime, ...rest };
}

function slices(messages: readonly Buffer[]): Buffer[] {
  const all = Buffer.concat(messages);
  let at = 0;
  return messages.map((message) => all.subarray(at, (at += message.length)));
}

/** The median, and the tenth and ninetieth percentile. */
function spread(values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.round(share * (sorted.length - 1))].toFixed(digits);
  return `${at(0.5)} (${at(0.1)} to ${at(0.9)})`;
}
