import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KafkaLog, type LogRecord } from '@tidemark/transport';
import { command } from './command.js';
import { freePorts, newFolder } from './java-process.js';
import { startKafka, type RunningKafka } from './kafka.js';

const SECRET = 'correct-horse-battery';

describe('An encrypted Kafka', { timeout: 240_000 }, () => {
  const folder = newFolder('secure-kafka');
  const pem = (name: string): Buffer => readFileSync(join(folder, name));
  let kafka: RunningKafka;
  let sasl: string;
  let mutual: string;

  before(async () => {
    makeCertificates(folder);
    const [saslPort, mutualPort] = await freePorts(2);
    sasl = `127.0.0.1:${saslPort}`;
    mutual = `127.0.0.1:${mutualPort}`;
    const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    kafka = await startKafka(
      {
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,WITHSASL:SASL_SSL,MUTUAL:SSL',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.withsasl.plain.sasl.jaas.config': `${login} user_ann="${SECRET}";`,
        'listener.name.mutual.ssl.client.auth': 'required',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': join(folder, 'broker-store.pem'),
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': join(folder, 'ca.pem'),
      },
      [`WITHSASL://${sasl}`, `MUTUAL://${mutual}`],
    );
  });
  after(() => kafka.stop());

  const credentials = { mechanism: 'plain', username: 'ann', password: SECRET } as const;

  async function roundTrip(log: KafkaLog, topic: string): Promise<string[]> {
    await log.ensureTopics([{ topic, partitions: 1 }]);
    const producer = await log.producer();
    await producer.send([{ topic, key: null, value: Buffer.from('hello') }]);
    const records: LogRecord[] = [];
    const follower = await log.follow(topic, (record) => void records.push(record));
    await follower.stop();
    return records.map(({ value }) => String(value));
  }

  test('is written and read with its authority and a password', async () => {
    const tls = { ca: pem('ca.pem') };
    const log = await KafkaLog.connect({ brokers: [sasl], clientId: 'test', tls, sasl: credentials });
    assert.deepEqual(await roundTrip(log, 'by-password'), ['hello']);
    await log.close();
  });

  test('is written and read with a certificate of ours', async () => {
    const tls = { ca: pem('ca.pem'), certificate: pem('client.pem'), key: pem('client.key') };
    const log = await KafkaLog.connect({ brokers: [mutual], clientId: 'test', tls });
    assert.deepEqual(await roundTrip(log, 'by-certificate'), ['hello']);
    await log.close();
  });

  test('is not spoken to where its authority is unknown, or its certificate is for another host', async () => {
    for (const tls of [true, { ca: pem('other-ca.pem') }]) {
      await assert.rejects(KafkaLog.connect({ brokers: [sasl], clientId: 'test', tls, sasl: credentials }), {
        code: 'unreachable',
        message: /certificate/,
      });
    }
    const named = sasl.replace('127.0.0.1', 'localhost');
    const tls = { ca: pem('ca.pem') };
    await assert.rejects(KafkaLog.connect({ brokers: [named], clientId: 'test', tls, sasl: credentials }), {
      code: 'unreachable',
      message: /altnames/,
    });
  });

  test('refuses a wrong password with an error that does not hold it, and is reached by the command', async () => {
    const variables = {
      TIDEMARK_BROKERS: sasl,
      TIDEMARK_KAFKA_TLS: 'true',
      TIDEMARK_KAFKA_CA: join(folder, 'ca.pem'),
      TIDEMARK_KAFKA_SASL: 'plain',
      TIDEMARK_KAFKA_USER: 'ann',
      TIDEMARK_REGISTRY_URL: 'http://127.0.0.1:1',
    };
    const wrong = await command(['dead-letters', 'list'], { ...variables, TIDEMARK_KAFKA_PASSWORD: `${SECRET}-not` });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /\(denied\)/);
    assert.ok(!(wrong.stdout + wrong.stderr).includes(SECRET));
    const right = await command(['dead-letters', 'list'], { ...variables, TIDEMARK_KAFKA_PASSWORD: SECRET });
    assert.match(right.stderr, /dead-letters/, 'connected: the topic is not there yet');
    assert.doesNotMatch(right.stderr, /denied|unreachable|certificate/);
    assert.ok(!(right.stdout + right.stderr).includes(SECRET));
  });
});

/** An authority, a certificate that it signed for 127.0.0.1 and one for a client, and an authority that signed neither. */
function makeCertificates(folder: string): void {
  const openssl = (...commandLine: string[]): void => {
    execFileSync('openssl', commandLine, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  for (const ca of ['ca', 'other-ca']) {
    openssl('req', '-x509', ...key, '-keyout', `${ca}.key`, '-out', `${ca}.pem`, '-subj', `/CN=${ca}`);
  }
  for (const [name, host] of [
    ['broker', 'IP:127.0.0.1'],
    ['client', 'DNS:client'],
  ]) {
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', `subjectAltName=${host}`];
    openssl('req', '-x509', ...key, ...signed, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`);
  }
  const store = ['broker.key', 'broker.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
  writeFileSync(join(folder, 'broker-store.pem'), store.join(''), { mode: 0o600 });
}
