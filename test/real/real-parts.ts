import { startKafka } from './kafka.js';
import { startRegistry } from './registry.js';

/** A real Kafka and a real schema registry for a test file. */
export interface RealParts {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Ends what was started for this file; parts that several files share go on. */
  release(): Promise<void>;
}

/**
 * The parts that the test runner started for all files, or, where a file is run by itself, new ones. Whoever stops or breaks
 * parts starts its own with startKafka and startRegistry.
 */
export async function realParts(): Promise<RealParts> {
  const { TIDEMARK_TEST_BROKERS: brokers, TIDEMARK_TEST_REGISTRY: registryUrl } = process.env;
  if (brokers !== undefined && registryUrl !== undefined) {
    return { brokers: brokers.split(','), registryUrl, release: () => Promise.resolve() };
  }
  return startRealParts();
}

export async function startRealParts(): Promise<RealParts> {
  const [kafka, registry] = await Promise.allSettled([startKafka(), startRegistry()]);
  if (kafka.status === 'fulfilled' && registry.status === 'fulfilled') {
    return {
      brokers: kafka.value.brokers,
      registryUrl: registry.value.url,
      release: async () => {
        await Promise.all([kafka.value.stop(), registry.value.stop()]);
      },
    };
  }
  if (kafka.status === 'fulfilled') await kafka.value.stop();
  if (registry.status === 'fulfilled') await registry.value.stop();
  throw kafka.status === 'rejected' ? kafka.reason : (registry as PromiseRejectedResult).reason;
}
