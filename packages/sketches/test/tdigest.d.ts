declare module 'tdigest' {
  export class TDigest {
    constructor(delta?: number | false, k?: number, cx?: number);
    push(values: number | readonly number[]): void;
    compress(): void;
    percentile(q: number): number;
    p_rank(x: number): number;
    size(): number;
  }
}
