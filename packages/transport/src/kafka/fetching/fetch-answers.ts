import fetchRequests, { type FetchAnswer, type FetchOptions } from 'kafkajs/src/protocol/requests/fetch/index.js';
import { ByteReader } from './byte-reader.js';
import { ReadBudget } from './read-budget.js';
import { readRecordSet } from './record-set.js';

/** From this version on answers hold batches of today's format; brokers before Kafka 0.11 know only older ones. */
const FIRST_VERSION = 4;
let installed = false;

/**
 * Has the client's fetch requests answered through our reading of batches, in the whole process. The client itself inflates whatever it is
 * given, knows gzip alone, checks no checksum, and ends its consumer at a batch that it cannot read.
 */
export function readAnswersOurselves(): void {
  if (installed) return;
  installed = true;
  const theirs = fetchRequests.protocol;
  fetchRequests.protocol = ({ version }) => {
    const make = theirs({ version });
    if (Number(version) < FIRST_VERSION) return make;
    return (options) => {
      const exchange = make(options);
      const decode = (answer: Buffer) => decodeAnswer(answer, Number(version), options);
      return { ...exchange, response: { ...exchange.response, decode } };
    };
  };
}

/** A broker's answer, in the client's form. @param version of the protocol, 4 to 11. @param options what was asked for. */
export async function decodeAnswer(answer: Buffer, version: number, options: FetchOptions): Promise<FetchAnswer> {
  const reader = new ByteReader(answer);
  const throttleTime = reader.int32();
  if (version >= 7) reader.take(2 + 4);
  const budget = new ReadBudget();
  const responses: FetchAnswer['responses'][number][] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.string();
    const partitions: FetchAnswer['responses'][number]['partitions'][number][] = [];
    for (let count = reader.int32(); count > 0; count--) {
      partitions.push(await decodePartition(reader, version, budget, asked(options, topicName)));
    }
    responses.push({ topicName, partitions });
  }
  // Since version 8 the client has to wait, before that the broker has waited.
  const waited = version >= 8 ? { throttleTime: 0, clientSideThrottleTime: throttleTime } : { throttleTime };
  return { ...waited, responses };
}

async function decodePartition(
  reader: ByteReader,
  version: number,
  budget: ReadBudget,
  from: ReadonlyMap<number, number>,
) {
  const [partition, errorCode] = [reader.int32(), reader.int16()];
  const [highWatermark, lastStableOffset] = [reader.int64(), reader.int64()];
  if (version >= 5) reader.int64();
  const aborted: { producerId: number; firstOffset: number }[] = [];
  for (let count = reader.int32(); count > 0; count--) {
    aborted.push({ producerId: reader.int64(), firstOffset: reader.int64() });
  }
  const preferredReadReplica = version >= 11 ? reader.int32() : -1;
  const records = reader.take(Math.max(0, reader.int32()));
  const asked = { records, from: from.get(partition) ?? 0, end: highWatermark, aborted };
  return {
    partition,
    errorCode,
    highWatermark: String(highWatermark),
    lastStableOffset: String(lastStableOffset),
    preferredReadReplica,
    messages: errorCode === 0 ? await readRecordSet(asked, budget) : [],
  };
}

function asked({ topics }: FetchOptions, name: string): ReadonlyMap<number, number> {
  return new Map(
    topics
      .filter(({ topic }) => topic === name)
      .flatMap(({ partitions }) => partitions)
      .map(({ partition, fetchOffset }) => [partition, Number(fetchOffset)]),
  );
}
