// An inference service that tells Tidemark what it saw and said. Run with Kafka and a registry at hand, as docker-compose.yml has them:
//   node examples/client/publish.mjs localhost:9094 http://localhost:8081/apis/ccompat/v7
import { TidemarkClient } from '@tidemark/client';

const [brokers = 'localhost:9094', registryUrl = 'http://localhost:8081/apis/ccompat/v7'] = process.argv.slice(2);

const tidemark = await TidemarkClient.connect({
  kafka: { brokers: brokers.split(','), clientId: 'loans' },
  registryUrl,
});
tidemark.publish({
  model: 'loans',
  version: '3',
  features: { income: 52_000, channel: 'web' },
  prediction: { score: 0.83 },
});
await tidemark.close();

console.log('published one event');
