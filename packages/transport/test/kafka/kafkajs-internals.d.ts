/** Parts of the client that it does not export: the tests read batches with the very code that the client reads them with. */
declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(bytes: Buffer);
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  interface DecodedRecord {
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | undefined>>;
  }

  export default function decode(decoder: Decoder): Promise<{ readonly records: readonly DecodedRecord[] }>;
}
