import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseSettings, type ServiceSettings, type SettingFault } from '../../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-settings-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const LEAST = { TIDEMARK_BROKERS: 'kafka-1:9092', TIDEMARK_REGISTRY_URL: 'http://registry:8081' };

function settingsOf(environment: Readonly<Record<string, string>>): ServiceSettings {
  const parsed = parseSettings(environment);
  if (!parsed.ok) assert.fail(JSON.stringify(parsed.faults));
  return parsed.settings;
}

function faultsOf(environment: Readonly<Record<string, string>>): readonly SettingFault[] {
  const parsed = parseSettings(environment);
  if (parsed.ok) assert.fail('no fault was found');
  return parsed.faults;
}

function variables(faults: readonly SettingFault[]): string[] {
  return faults.map(({ variable }) => variable).sort();
}

function fileWith(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('parseSettings', () => {
  it('takes brokers and registry alone; all else has a default', () => {
    assert.deepEqual(settingsOf(LEAST), {
      kafka: { brokers: ['kafka-1:9092'], tls: false, certificates: null, sasl: null },
      registry: { url: 'http://registry:8081', certificates: null, username: null, password: null },
      clickHouse: {
        url: 'http://localhost:8123',
        certificates: null,
        username: 'default',
        password: '',
        database: 'tidemark',
        cluster: null,
      },
      topicPrefix: '',
      monitors: null,
      partitions: 6,
      commitInterval: 1000,
      idleTimeout: 30_000,
      http: { host: '127.0.0.1', port: null },
    });
  });

  it('reads every setting', () => {
    assert.deepEqual(
      settingsOf({
        TIDEMARK_BROKERS: 'kafka-1:9092, kafka-2:9093',
        TIDEMARK_KAFKA_TLS: 'true',
        TIDEMARK_KAFKA_SASL: 'scram-sha-512',
        TIDEMARK_KAFKA_USER: 'ann',
        TIDEMARK_KAFKA_PASSWORD: 'p1',
        TIDEMARK_REGISTRY_URL: 'https://registry',
        TIDEMARK_REGISTRY_USER: 'bob',
        TIDEMARK_REGISTRY_PASSWORD: 'p2',
        TIDEMARK_CLICKHOUSE_URL: 'https://clickhouse:8443',
        TIDEMARK_CLICKHOUSE_USER: 'cleo',
        TIDEMARK_CLICKHOUSE_PASSWORD: 'p3',
        TIDEMARK_CLICKHOUSE_DATABASE: 'drift',
        TIDEMARK_CLICKHOUSE_CLUSTER: 'replicas',
        TIDEMARK_TOPIC_PREFIX: 'eu.',
        TIDEMARK_MONITORS: '/etc/tidemark/monitors',
        TIDEMARK_PARTITIONS: '12',
        TIDEMARK_COMMIT_INTERVAL: '500ms',
        TIDEMARK_IDLE_TIMEOUT: '2m',
        TIDEMARK_HTTP_HOST: '0.0.0.0',
        TIDEMARK_HTTP_PORT: '9000',
      }),
      {
        kafka: {
          brokers: ['kafka-1:9092', 'kafka-2:9093'],
          tls: true,
          certificates: null,
          sasl: { mechanism: 'scram-sha-512', username: 'ann', password: 'p1' },
        },
        registry: { url: 'https://registry', certificates: null, username: 'bob', password: 'p2' },
        clickHouse: {
          url: 'https://clickhouse:8443',
          certificates: null,
          username: 'cleo',
          password: 'p3',
          database: 'drift',
          cluster: 'replicas',
        },
        topicPrefix: 'eu.',
        monitors: '/etc/tidemark/monitors',
        partitions: 12,
        commitInterval: 500,
        idleTimeout: 120_000,
        http: { host: '0.0.0.0', port: 9000 },
      },
    );
  });

  it('takes an empty variable for one that is not set', () => {
    assert.equal(settingsOf({ ...LEAST, TIDEMARK_MONITORS: '', TIDEMARK_PARTITIONS: '' }).partitions, 6);
    assert.deepEqual(variables(faultsOf({ TIDEMARK_BROKERS: '' })), ['TIDEMARK_BROKERS', 'TIDEMARK_REGISTRY_URL']);
  });

  it('gives all faults at once, whatever they are about', () => {
    const faults = faultsOf({
      TIDEMARK_BROKERS: 'kafka',
      TIDEMARK_KAFKA_TLS: 'yes',
      TIDEMARK_KAFKA_SASL: 'plain',
      TIDEMARK_REGISTRY_URL: 'ftp://registry',
      TIDEMARK_CLICKHOUSE_URL: 'localhost',
      TIDEMARK_CLICKHOUSE_DATABASE: 'a b',
      TIDEMARK_CLICKHOUSE_CLUSTER: '`c`',
      TIDEMARK_CLICKHOUSE_PASSWORD_FILE: join(folder, 'missing'),
      TIDEMARK_TOPIC_PREFIX: 'a/b',
      TIDEMARK_PARTITIONS: 'many',
      TIDEMARK_COMMIT_INTERVAL: 'soon',
      TIDEMARK_IDLE_TIMEOUT: '0s',
    });
    assert.deepEqual(variables(faults), [
      'TIDEMARK_BROKERS',
      'TIDEMARK_CLICKHOUSE_CLUSTER',
      'TIDEMARK_CLICKHOUSE_DATABASE',
      'TIDEMARK_CLICKHOUSE_PASSWORD_FILE',
      'TIDEMARK_CLICKHOUSE_URL',
      'TIDEMARK_COMMIT_INTERVAL',
      'TIDEMARK_IDLE_TIMEOUT',
      'TIDEMARK_KAFKA_PASSWORD',
      'TIDEMARK_KAFKA_TLS',
      'TIDEMARK_KAFKA_USER',
      'TIDEMARK_PARTITIONS',
      'TIDEMARK_REGISTRY_URL',
      'TIDEMARK_TOPIC_PREFIX',
    ]);
    assert.ok(faults.every(({ message }) => message.length > 10 && !message.includes('\n')));
  });

  it('says what a variable takes', () => {
    const messages = new Map(
      faultsOf({
        ...LEAST,
        TIDEMARK_KAFKA_SASL: 'kerberos',
        TIDEMARK_PARTITIONS: '0',
        TIDEMARK_COMMIT_INTERVAL: '5',
      }).map(({ variable, message }) => [variable, message]),
    );
    assert.match(messages.get('TIDEMARK_KAFKA_SASL') ?? '', /plain.*scram-sha-256.*scram-sha-512/);
    assert.match(messages.get('TIDEMARK_PARTITIONS') ?? '', /at least 1/);
    assert.match(messages.get('TIDEMARK_COMMIT_INTERVAL') ?? '', /500ms, 30s or 5m/);
  });

  it('reads secrets from mounted files, without the newline at their end', () => {
    const settings = settingsOf({
      ...LEAST,
      TIDEMARK_KAFKA_TLS: 'true',
      TIDEMARK_KAFKA_SASL: 'plain',
      TIDEMARK_KAFKA_USER: 'ann',
      TIDEMARK_KAFKA_PASSWORD_FILE: fileWith('kafka', 's3cret\n'),
      TIDEMARK_CLICKHOUSE_PASSWORD_FILE: fileWith('clickhouse', ' with spaces \r\n'),
    });
    assert.equal(settings.kafka.sasl?.password, 's3cret');
    assert.equal(settings.clickHouse.password, ' with spaces ', 'spaces may be part of a password');
  });

  it('takes a value before a file', () => {
    const settings = settingsOf({
      ...LEAST,
      TIDEMARK_CLICKHOUSE_PASSWORD: 'in the environment',
      TIDEMARK_CLICKHOUSE_PASSWORD_FILE: fileWith('both', 'in the file'),
    });
    assert.equal(settings.clickHouse.password, 'in the environment');
  });

  it('never repeats a value, which may be a secret in the wrong place', () => {
    const secret = 'hunter2-hunter2';
    const names = [
      ...['BROKERS', 'KAFKA_TLS', 'KAFKA_SASL', 'REGISTRY_URL', 'CLICKHOUSE_URL', 'CLICKHOUSE_DATABASE', 'PARTITIONS'],
      ...['COMMIT_INTERVAL', 'IDLE_TIMEOUT'],
    ].map((name) => `TIDEMARK_${name}`);
    const credentials = { TIDEMARK_KAFKA_USER: secret, TIDEMARK_KAFKA_PASSWORD: secret };
    const environment: Record<string, string> = { ...credentials, TIDEMARK_TOPIC_PREFIX: `${secret}/` };
    names.forEach((name, index) => {
      if (index % 2 === 0) environment[name] = secret;
      else environment[`${name}_FILE`] = fileWith(name, secret);
    });
    const faults = faultsOf(environment);
    assert.deepEqual(variables(faults), [...names, 'TIDEMARK_TOPIC_PREFIX'].sort());
    assert.ok(!JSON.stringify(faults).includes('hunter2'));
  });
});
