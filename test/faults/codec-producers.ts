import { LZ4, SNAPPY, WAYS, ZSTD } from '@tidemark/transport/test/kafka/batches.js';
import type { OutRecord } from '@tidemark/transport';
import kafkajs from 'kafkajs';

const { CompressionCodecs, Kafka, logLevel, Partitioners } = kafkajs;

/** By their numbers. */
export const EVERY_CODEC: readonly number[] = [0, 1, 2, 3, 4];
const MOST_ATTEMPTS = 20;

// The client comes with gzip; others give it these, each in the ways of several clients by turns.
for (const codec of [SNAPPY, LZ4, ZSTD]) {
  const ways = WAYS.filter(([, number]) => number === codec);
  let next = 0;
  CompressionCodecs[codec as 2 | 3 | 4] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(ways[next++ % ways.length][2](buffer)),
    decompress: () => Promise.reject(new Error('These producers read nothing')),
  });
}

/** Writes with every codec, by a client that is not Tidemark's own. */
export class CodecProducer {
  #next = 0;

  private constructor(
    private readonly producer: kafkajs.Producer,
    private readonly codecs: readonly number[],
  ) {}

  static async connect(brokers: readonly string[], codecs = EVERY_CODEC): Promise<CodecProducer> {
    const producer = clientOf(brokers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new CodecProducer(producer, codecs);
  }

  /**
   * Writes records, with every codec for a part of them, in their order, however long the brokers are gone. What was in doubt is written
   * again: what counts is what the topic holds.
   */
  async send(records: readonly OutRecord[]): Promise<void> {
    const size = Math.ceil(records.length / this.codecs.length);
    for (let at = 0; at < records.length; at += size) {
      const compression = this.codecs[this.#next++ % this.codecs.length];
      const topicMessages = messagesOf(records.slice(at, at + size));
      for (let attempt = 1; ; attempt++) {
        try {
          await this.producer.sendBatch({ compression, topicMessages });
          break;
        } catch (error) {
          if (attempt === MOST_ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      }
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }
}

/** A client that keeps to itself what it meets. */
export function clientOf(brokers: readonly string[]): kafkajs.Kafka {
  return new Kafka({ brokers: [...brokers], clientId: 'faults', logLevel: logLevel.NOTHING });
}

function messagesOf(records: readonly OutRecord[]): kafkajs.TopicMessages[] {
  const byTopic = new Map<string, kafkajs.Message[]>();
  for (const { topic, key, value, partition } of records) {
    const messages = byTopic.get(topic) ?? [];
    messages.push({ key, value, ...(partition === undefined ? {} : { partition }) });
    byTopic.set(topic, messages);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}
