import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicsOf } from '@tidemark/contracts';
import { MemoryLog } from '@tidemark/transport';
import { topicSettings, warningOf } from '../src/topic-settings.js';

test('topics that a producer made first are told of, with the command that mends them', async () => {
  const log = new MemoryLog();
  const topics = topicsOf();
  await log.ensureTopics([
    { topic: topics.events, partitions: 1 },
    { topic: topics.baselines, partitions: 1 },
  ]);
  const warnings = (await log.ensureTopics(topicSettings(topics, 6))).map(warningOf);
  assert.equal(warnings.length, 3);
  assert.match(
    warnings[0],
    /inference-events has 1 partitions.* ask for 6.*kafka-topics\.sh --alter --topic inference-events --partitions 6$/,
  );
  assert.match(warnings[1], /kafka-configs\.sh .*--entity-name baselines --add-config cleanup\.policy=compact$/);
  assert.match(warnings[2], /--entity-name baselines --add-config max\.message\.bytes=8388608$/);
  assert.deepEqual(await log.ensureTopics(topicSettings(topicsOf('other-'), 6)), []);
});
