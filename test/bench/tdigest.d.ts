declare module 'tdigest' {
  export class TDigest {
    push(value: number): void;
    percentile(q: number): number;
  }
}
