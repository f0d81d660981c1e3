import Encoder from 'kafkajs/src/protocol/encoder.js';
import metadataRequests, { type MetadataAnswer } from 'kafkajs/src/protocol/requests/metadata/index.js';
import { ByteReader } from './fetching/byte-reader.js';

/** The first version whose answers name topics by their ids; brokers know it since Kafka 2.8. */
const VERSION = 10;
/** The newest version that the client has itself. */
const THEIRS = 6;
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
let installed = false;

/**
 * Has the client ask for metadata in a version whose answers hold the ids of topics, in the whole process: a topic that was made anew is told
 * from the one before it by nothing else. Each partition of an answer then has its topic's id.
 */
export function askForTopicIds(): void {
  if (installed) return;
  installed = true;
  const theirs = metadataRequests.protocol;
  metadataRequests.versions.push(String(VERSION));
  metadataRequests.protocol = ({ version }) => {
    if (Number(version) < VERSION) return theirs({ version: Math.min(Number(version), THEIRS) });
    return (options) => {
      const { request, response } = theirs({ version: THEIRS })(options);
      const { topics, allowAutoTopicCreation } = options;
      return {
        request: {
          ...request,
          apiVersion: VERSION,
          encode: () => Promise.resolve(encodeRequest(topics, allowAutoTopicCreation !== false)),
        },
        response: { ...response, decode: (answer) => Promise.resolve(decodeMetadata(answer)) },
      };
    };
  };
}

/** The id that an answer gave a topic's partitions; null where the broker knows no ids. */
export function topicIdIn(partitions: readonly object[]): string | null {
  const [first] = partitions as readonly { readonly topicId?: string | null }[];
  return first?.topicId ?? null;
}

/** @param topics their names; all where there are none. */
function encodeRequest(topics: readonly string[], allowAutoTopicCreation: boolean): Encoder {
  // No tagged fields follow the header.
  const request = new Encoder().writeUVarInt(0);
  request.writeUVarInt(topics.length === 0 ? 0 : topics.length + 1);
  for (const topic of topics) request.writeBuffer(Buffer.alloc(16)).writeUVarIntString(topic).writeUVarInt(0);
  return request.writeBoolean(allowAutoTopicCreation).writeBoolean(false).writeBoolean(false).writeUVarInt(0);
}

/** A broker's answer of version 10, in the client's form. */
export function decodeMetadata(answer: Buffer): MetadataAnswer {
  const reader = new ByteReader(answer);
  reader.skipTags();
  const throttleTime = reader.int32();
  const brokers = reader.compactArray(() => {
    const broker = {
      nodeId: reader.int32(),
      host: reader.compactString() ?? '',
      port: reader.int32(),
      rack: reader.compactString(),
    };
    reader.skipTags();
    return broker;
  });
  const [clusterId, controllerId] = [reader.compactString(), reader.int32()];
  const topicMetadata = reader.compactArray(() => {
    const [topicErrorCode, topic] = [reader.int16(), reader.compactString() ?? ''];
    const id = reader.take(16).toString('base64url');
    const topicId = id === NO_ID ? null : id;
    const isInternal = reader.int8() !== 0;
    const partitionMetadata = reader.compactArray(() => {
      const partition = {
        partitionErrorCode: reader.int16(),
        partitionId: reader.int32(),
        leader: reader.int32(),
        leaderEpoch: reader.int32(),
        replicas: reader.compactArray(() => reader.int32()),
        isr: reader.compactArray(() => reader.int32()),
        offlineReplicas: reader.compactArray(() => reader.int32()),
        topicId,
      };
      reader.skipTags();
      return partition;
    });
    // What its reader may do with it.
    reader.int32();
    reader.skipTags();
    return { topicErrorCode, topic, isInternal, partitionMetadata };
  });
  return { throttleTime: 0, clientSideThrottleTime: throttleTime, brokers, clusterId, controllerId, topicMetadata };
}
