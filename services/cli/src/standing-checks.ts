import type { ServiceSettings } from '@tidemark/contracts';
import type { DependencyCheck } from '@tidemark/operations';
import type { Store } from '@tidemark/store';
import type { KafkaLog } from '@tidemark/transport';
import { openLog, openRegistry, openServer } from './connections.js';

/**
 * Asks a service's dependencies, whether it runs or waits for one of them: over connections of its own, which an end of the service
 * leaves as they are. While the service runs, Kafka is asked over the service's connection instead, which measures its lag by that.
 */
export class StandingChecks {
  readonly byName: Readonly<Record<string, DependencyCheck>>;
  #measure: DependencyCheck | null = null;
  #log: KafkaLog | null = null;
  #store: Store | null = null;

  constructor(
    private readonly settings: ServiceSettings,
    private readonly clientId: string,
    { needsClickHouse }: { readonly needsClickHouse: boolean },
  ) {
    const registry = openRegistry(settings);
    this.byName = {
      kafka: () => (this.#measure === null ? this.#pingKafka() : this.#measure()),
      registry: () => registry.ping(),
      ...(needsClickHouse ? { clickhouse: () => this.#pingStore() } : {}),
    };
  }

  /** From now on Kafka is asked so. @returns what ends that. */
  measuring(measure: DependencyCheck): () => void {
    this.#measure = measure;
    return () => {
      if (this.#measure === measure) this.#measure = null;
    };
  }

  async #pingKafka(): Promise<void> {
    // What this connection meets, the check's answer tells: its client has nothing to add to the log.
    this.#log ??= await openLog(this.settings, this.clientId, () => undefined);
    await this.#log.ping();
  }

  async #pingStore(): Promise<boolean> {
    this.#store ??= await openServer(this.settings);
    return this.#store.ping();
  }
}
