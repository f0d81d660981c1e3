import { defaultMonitor, EventBatches, EventDecoder, RecordWriter, type SchemaRegistry } from '@tidemark/contracts';
import { learnBaseline, PartitionSketcher, type Baseline, type Monitor } from '@tidemark/monitoring';

const MINUTE = 60_000;
/** The event time of the first event; each is a millisecond after the one before. */
const START = Date.UTC(2026, 0, 1);
const MODEL = 'bench';
const COUNTRIES = ['DE', 'BR', 'US', 'IN', 'JP'];
const BASELINE_EVENTS = 20_000;

/** What the benches' events are, for their headings. */
export const TRAFFIC =
  '20 numeric and 5 categorical features, a score and a segment tag; 1000 events a second of event time';

/** Panes of a minute, windows of five; sliced by country (five values) where asked. */
export function benchMonitor(sliced: boolean): Monitor {
  return {
    ...defaultMonitor(),
    model: MODEL,
    segments: sliced ? [['country']] : [],
    windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  };
}

/** Encodes the events of a bench: equal seeds give equal events. */
export class Traffic {
  readonly #writer: RecordWriter;
  #state = 0x2545f491;
  #made = 0;

  private constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  static async open(registry: SchemaRegistry): Promise<Traffic> {
    return new Traffic(await RecordWriter.open(registry, ['InferenceEvent']));
  }

  /** The next events, in Avro, as slices of one buffer: so a fetch gives them. */
  next(count: number): Buffer[] {
    const messages = Array.from({ length: count }, () => this.#encode(START + this.#made));
    const all = Buffer.concat(messages);
    let at = 0;
    return messages.map(({ length }) => all.subarray(at, (at += length)));
  }

  /** An event so long after all others that their panes and windows close. */
  closing(): Buffer {
    return this.#encode(START + this.#made + 20 * MINUTE);
  }

  #encode(eventTime: number): Buffer {
    const features: Record<string, number | string> = {};
    for (let n = 0; n < 20; n++) features[`numeric_${n}`] = n + this.#normal();
    for (let n = 0; n < 5; n++) features[`category_${n}`] = `value_${Math.floor(12 * this.#uniform() ** 2)}`;
    return this.#writer.encode('InferenceEvent', {
      eventId: `0b9c1f7e-8d6a-4f2b-9c3d-${String(this.#made++).padStart(12, '0')}`,
      model: MODEL,
      version: '1',
      eventTime,
      features,
      prediction: { score: this.#uniform() },
      segments: { country: COUNTRIES[Math.floor(COUNTRIES.length * this.#uniform())] },
    });
  }

  /** Box and Muller 1958. */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform());
  }

  /** Marsaglia's xorshift, above 0 and below 1. */
  #uniform(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return ((this.#state >>> 0) + 0.5) / 2 ** 32;
  }
}

/** The baseline that the events are counted in the bins of: without one there would be less to do than in production. */
export async function benchBaseline(registry: SchemaRegistry): Promise<Baseline> {
  const messages = (await Traffic.open(registry)).next(BASELINE_EVENTS);
  const monitor: Monitor = { ...benchMonitor(false), pane: 24 * 60 * MINUTE };
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => null });
  const decoder = await preparedDecoder(registry, messages[0]);
  const batches = new EventBatches();
  for (const message of messages) decoder.decode(message, batches, Date.now());
  for (const batch of batches) sketcher.fold(batch);
  const [partial] = sketcher.drain();
  const identity = {
    model: MODEL,
    version: '*',
    createdAt: START,
    source: 'bench',
    periodStart: null,
    periodEnd: null,
  };
  return learnBaseline(identity, partial, monitor);
}

/** A decoder that knows the schema of a message. */
export async function preparedDecoder(registry: SchemaRegistry, message: Buffer): Promise<EventDecoder> {
  const decoder = new EventDecoder(registry);
  const needed = decoder.needsSchema(message, Date.now());
  if (needed !== null) await decoder.prepare(needed, Date.now());
  return decoder;
}
