import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { RecordWriter, ConfluentRegistry, topicsOf } from '@tidemark/contracts';
import { KafkaLog } from '@tidemark/transport';
import { command } from './command.js';
import { realParts, type RealParts } from './real-parts.js';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly mend: string | null;
}

describe('tidemark doctor on a real Kafka', { timeout: 120_000 }, () => {
  const prefix = `doc${randomBytes(4).toString('hex')}-`;
  const topics = topicsOf(prefix);
  let parts: RealParts;
  let log: KafkaLog;
  before(async () => {
    parts = await realParts();
    log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' });
  });
  after(async () => {
    await log.close();
    await parts.release();
  });

  async function findings(): Promise<Map<string, Finding[]>> {
    const { code, stdout, stderr } = await command(['doctor', '--output', 'json'], {
      TIDEMARK_BROKERS: parts.brokers.join(),
      TIDEMARK_REGISTRY_URL: parts.registryUrl,
      TIDEMARK_TOPIC_PREFIX: prefix,
      TIDEMARK_PARTITIONS: '2',
      TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:1',
    });
    assert.equal(code, 1, stderr);
    const found = new Map<string, Finding[]>();
    for (const line of stdout.trimEnd().split('\n')) {
      const finding = JSON.parse(line) as Finding;
      found.set(finding.check, [...(found.get(finding.check) ?? []), finding]);
    }
    return found;
  }

  test('names topics that are missing or not as configured, with the command that mends each, and makes none', async () => {
    await log.ensureTopics([
      { topic: topics.events, partitions: 1 },
      { topic: topics.partials, partitions: 2 },
      { topic: topics.detectorState, partitions: 2 },
      { topic: topics.driftEvents, partitions: 1 },
    ]);
    const producer = await log.producer();
    await producer.send([{ topic: topics.events, key: 'k', value: Buffer.from('{}') }]);
    await producer.close();
    const found = await findings();
    const at = `--bootstrap-server ${parts.brokers.join()}`;
    const mends = (topic: string) => (found.get(`topic ${topic}`) ?? []).map(({ mend }) => mend);
    assert.deepEqual(mends(topics.events), [`kafka-topics.sh ${at} --alter --topic ${topics.events} --partitions 2`]);
    assert.deepEqual(mends(topics.partials), [null]);
    assert.deepEqual(mends(topics.driftEvents), [null]);
    assert.deepEqual(mends(topics.baselines), [
      `start a service, which makes it, or: kafka-topics.sh ${at} --create --topic ${topics.baselines} --partitions 1 --config cleanup.policy=compact --config max.message.bytes=8388608`,
    ]);
    const alter = `kafka-configs.sh ${at} --alter --entity-type topics --entity-name ${topics.detectorState} --add-config`;
    assert.deepEqual(mends(topics.detectorState), [
      `${alter} cleanup.policy=compact`,
      `${alter} max.message.bytes=8388608`,
    ]);
    assert.equal(found.get(`group ${prefix}tidemark-sketcher`)?.[0].mend, 'tidemark sketcher');
    assert.equal(found.get(`group ${prefix}tidemark-detector`)?.[0].mend, null);
    assert.equal(found.get(`group ${prefix}tidemark-outcomes-labels`), undefined, 'its topic is missing');
    assert.equal(found.get('clickhouse at http://127.0.0.1:1')?.[0].ok, false);
    await assert.rejects(log.partitionsOf(topics.baselines));
  });

  test('asks the registry, and registers nothing', async () => {
    const check = `schema registry at ${parts.registryUrl}`;
    const [before] = (await findings()).get(check) ?? [];
    assert.equal(before.ok, true, before.found);
    await RecordWriter.open(new ConfluentRegistry({ url: parts.registryUrl }), ['Baseline']);
    const [after] = (await findings()).get(check) ?? [];
    assert.match(after.found, /^answers; it has (all|\d+ of this version's \d+) /);
  });
});
