import { KafkaLog } from '@tidemark/transport';
import { describeLog } from '@tidemark/transport/test/contract.js';
import { realParts, type RealParts } from './real-parts.js';

let parts: RealParts | null = null;

describeLog(
  'KafkaLog',
  async () => {
    parts = await realParts();
    return KafkaLog.connect({ brokers: parts.brokers, clientId: 'contract' });
  },
  async () => parts?.release(),
);
