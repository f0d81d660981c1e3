/**
 * The partition of a key: murmur2 as Kafka's own clients compute it (org.apache.kafka.common.utils.Utils), so that equal keys lie in
 * equal partitions whoever wrote them.
 */
export function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** Chooses partitions for records that name none: the key's, or, without a key, one after the other. */
export class RoundRobin {
  readonly #last = new Map<string, number>();

  partitionOf(topic: string, key: string | Buffer | null, partitions: number): number {
    if (key !== null) return partitionOf(typeof key === 'string' ? Buffer.from(key) : key, partitions);
    const next = ((this.#last.get(topic) ?? -1) + 1) % partitions;
    this.#last.set(topic, next);
    return next;
  }
}

function murmur2(data: Buffer): number {
  const multiplier = 0x5bd1e995;
  const { length } = data;
  let hash = 0x9747b28c ^ length;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    let word = Math.imul(data.readInt32LE(i), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  const rest = length - whole;
  if (rest >= 3) hash ^= data[whole + 2] << 16;
  if (rest >= 2) hash ^= data[whole + 1] << 8;
  if (rest >= 1) hash = Math.imul(hash ^ data[whole], multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
