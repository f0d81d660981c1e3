/** What the client does not export of itself, and what of it is used here. The client's version is pinned for it. */
declare module 'kafkajs/src/protocol/requests/fetch/index.js' {
  export interface FetchOptions {
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
    }[];
  }

  export interface FetchAnswer {
    readonly throttleTime: number;
    readonly clientSideThrottleTime?: number;
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly errorCode: number;
        readonly highWatermark: string;
        readonly lastStableOffset: string;
        readonly preferredReadReplica: number;
        readonly messages: readonly unknown[];
      }[];
    }[];
  }

  interface Exchange {
    readonly request: unknown;
    readonly response: {
      readonly decode: (answer: Buffer) => Promise<FetchAnswer>;
      readonly parse: (answer: FetchAnswer) => Promise<FetchAnswer>;
    };
  }

  const requests: {
    readonly versions: readonly string[];
    protocol: (of: { readonly version: string | number }) => (options: FetchOptions) => Exchange;
  };
  export default requests;
}

declare module 'kafkajs/src/protocol/requests/metadata/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  export interface MetadataOptions {
    readonly topics: readonly string[];
    readonly allowAutoTopicCreation?: boolean;
  }

  export interface MetadataAnswer {
    readonly throttleTime: number;
    readonly clientSideThrottleTime: number;
    readonly brokers: readonly object[];
    readonly clusterId: string | null;
    readonly controllerId: number;
    readonly topicMetadata: readonly {
      readonly topicErrorCode: number;
      readonly topic: string;
      readonly isInternal: boolean;
      readonly partitionMetadata: readonly object[];
    }[];
  }

  interface Exchange {
    readonly request: { readonly apiVersion: number; readonly encode: () => Promise<Encoder> };
    readonly response: { readonly decode: (answer: Buffer) => Promise<MetadataAnswer> };
  }

  const requests: {
    readonly versions: string[];
    protocol: (of: { readonly version: string | number }) => (options: MetadataOptions) => Exchange;
  };
  export default requests;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeUVarInt(value: number): this;
    writeUVarIntString(value: string): this;
    writeBoolean(value: boolean): this;
    writeBuffer(value: Buffer): this;
  }
}
