import { MemoryLog } from '@tidemark/transport';
import { describeLog } from './contract.js';

describeLog(
  'MemoryLog',
  () => Promise.resolve(new MemoryLog()),
  () => Promise.resolve(),
);
