// Starts a real Kafka and a real schema registry, says in one line of JSON where they are, and keeps them until its standard
// input is closed or it is told to stop.
import { startRealParts } from './real-parts.js';

try {
  const parts = await startRealParts();
  const { brokers, registryUrl } = parts;
  console.log(JSON.stringify({ brokers, registryUrl }));
  process.stdin.resume();
  process.stdin.once('end', () => {
    void parts.release().finally(() => process.exit(0));
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
