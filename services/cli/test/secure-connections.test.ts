import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { parseSettings, schemaOf, type ServiceSettings } from '@tidemark/contracts';
import { openRegistry, openServer } from '../src/connections.js';
import { tidemark } from './command.js';

const SECRET = 'correct-horse-battery';
const folder = mkdtempSync(join(tmpdir(), 'tidemark-tls-'));

function openssl(...commandLine: string[]): void {
  execFileSync('openssl', commandLine, { cwd: folder, stdio: 'pipe' });
}

/** An authority, and a certificate that it signed for `localhost`, for a client, or for another host. */
function makeCertificates(): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const ca of ['ca', 'other-ca']) {
    openssl('req', '-x509', ...key, '-keyout', `${ca}.key`, '-out', `${ca}.pem`, '-subj', `/CN=${ca}`, '-days', '2');
  }
  for (const [name, host] of [
    ['server', 'localhost'],
    ['client', 'client'],
    ['elsewhere', 'example.test'],
  ]) {
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', `subjectAltName=DNS:${host}`, '-days', '2'];
    openssl('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`, ...signed);
  }
}

const pem = (name: string): string => join(folder, name);

/** Stands in for a registry and for ClickHouse, as far as a handshake and one answer go. */
class SecureServer {
  readonly requests: { authorization: string | null; user: string | null; client: string | null }[] = [];
  readonly #server: Server;

  constructor(certificate: string) {
    this.#server = createServer(
      {
        cert: readFileSync(pem(`${certificate}.pem`)),
        key: readFileSync(pem(`${certificate}.key`)),
        ca: readFileSync(pem('ca.pem')),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => this.#answer(request, response),
    );
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const socket = request.socket as TLSSocket;
    const { authorization = null, 'x-clickhouse-user': user = null } = request.headers;
    const client = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : null;
    this.requests.push({ authorization, user: user as string | null, client });
    request.resume();
    if (request.url?.startsWith('/schemas/') === true) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ schema: JSON.stringify(schemaOf('SourceWatermark')) }));
    } else response.end('{"n":1}\n');
  }
}

describe('Encrypted connections', () => {
  let server: SecureServer;
  let elsewhere: SecureServer;
  let url: string;
  let elsewhereUrl: string;

  before(async () => {
    makeCertificates();
    server = new SecureServer('server');
    elsewhere = new SecureServer('elsewhere');
    [url, elsewhereUrl] = [await server.start(), await elsewhere.start()];
  });
  after(() => {
    server.stop();
    elsewhere.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function settings(address: string, more: Readonly<Record<string, string>>): ServiceSettings {
    const parsed = parseSettings({
      TIDEMARK_BROKERS: 'localhost:9092',
      TIDEMARK_REGISTRY_URL: address,
      TIDEMARK_CLICKHOUSE_URL: address,
      ...more,
    });
    if (!parsed.ok) assert.fail(JSON.stringify(parsed.faults));
    return parsed.settings;
  }

  async function query(of: ServiceSettings): Promise<unknown> {
    const store = await openServer(of);
    return store.query('SELECT 1 AS n').finally(() => store.close());
  }

  const CA = { TIDEMARK_REGISTRY_CA: pem('ca.pem'), TIDEMARK_CLICKHOUSE_CA: pem('ca.pem') };

  it('are made with the authority that is given, credentials and all', async () => {
    const given = settings(url, {
      ...CA,
      TIDEMARK_REGISTRY_USER: 'r',
      TIDEMARK_REGISTRY_PASSWORD: SECRET,
      TIDEMARK_CLICKHOUSE_USER: 'c',
      TIDEMARK_CLICKHOUSE_PASSWORD: SECRET,
    });
    assert.ok((await openRegistry(given).schemaOf(1)).ok);
    assert.deepEqual(await query(given), [{ n: 1 }]);
    const basic = (user: string): string => `Basic ${Buffer.from(`${user}:${SECRET}`).toString('base64')}`;
    assert.deepEqual(server.requests.splice(0), [
      { authorization: basic('r'), user: null, client: null },
      { authorization: basic('c'), user: null, client: null },
    ]);
  });

  it('are refused where the authority is unknown, whatever Node is told', async () => {
    const wrong = { TIDEMARK_REGISTRY_CA: pem('other-ca.pem'), TIDEMARK_CLICKHOUSE_CA: pem('other-ca.pem') };
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      for (const given of [settings(url, {}), settings(url, wrong)]) {
        await assert.rejects(query(given), /certificate|self.signed/i);
        await assert.rejects(openRegistry(given).schemaOf(1), { code: 'registry-unreachable' });
      }
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
    assert.equal(server.requests.length, 0, 'nothing was sent');
  });

  it("are refused where the certificate is another host's", async () => {
    const given = settings(elsewhereUrl, CA);
    await assert.rejects(query(given), /Hostname\/IP does not match|altnames/);
    await assert.rejects(openRegistry(given).schemaOf(1), { code: 'registry-unreachable' });
    assert.equal(elsewhere.requests.length, 0);
  });

  it('show a certificate of their own, which names the user where there is no password', async () => {
    const own = Object.fromEntries(
      ['REGISTRY', 'CLICKHOUSE'].flatMap((name) => [
        [`TIDEMARK_${name}_CERT`, pem('client.pem')],
        [`TIDEMARK_${name}_KEY`, pem('client.key')],
      ]),
    );
    const given = settings(url, { ...CA, ...own, TIDEMARK_CLICKHOUSE_USER: 'c' });
    assert.ok((await openRegistry(given).schemaOf(2)).ok);
    await query(given);
    assert.deepEqual(server.requests.splice(0), [
      { authorization: null, user: null, client: 'client' },
      { authorization: null, user: 'c', client: 'client' },
    ]);
    await query(settings(url, { ...CA, ...own, TIDEMARK_CLICKHOUSE_USER: 'c', TIDEMARK_CLICKHOUSE_PASSWORD: SECRET }));
    assert.match(server.requests.splice(0)[0].authorization ?? '', /^Basic /);
  });

  it('need whole and readable files, and an address that is encrypted', () => {
    const faultsOf = (more: Readonly<Record<string, string>>): string[] => {
      const parsed = parseSettings({ TIDEMARK_BROKERS: 'k:1', TIDEMARK_REGISTRY_URL: 'http://localhost', ...more });
      return parsed.ok ? [] : parsed.faults.map(({ variable, message }) => `${variable} ${message}`);
    };
    const [missing, notTls, noKey] = [
      faultsOf({ TIDEMARK_KAFKA_TLS: 'true', TIDEMARK_KAFKA_CA: pem('nowhere.pem') }),
      faultsOf({ TIDEMARK_KAFKA_CA: pem('ca.pem'), TIDEMARK_REGISTRY_CA: pem('ca.pem') }),
      faultsOf({ TIDEMARK_KAFKA_TLS: 'true', TIDEMARK_KAFKA_CERT: pem('client.pem') }),
    ];
    assert.deepEqual(missing, ['TIDEMARK_KAFKA_CA names a file that cannot be read (ENOENT)']);
    assert.deepEqual(notTls, [
      'TIDEMARK_KAFKA_CA is set, but TIDEMARK_KAFKA_TLS is not true',
      'TIDEMARK_REGISTRY_CA is set, but TIDEMARK_REGISTRY_URL is not an https address',
    ]);
    assert.deepEqual(noKey, ['TIDEMARK_KAFKA_KEY is not set, but TIDEMARK_KAFKA_CERT is']);
    const swapped = faultsOf({
      TIDEMARK_KAFKA_TLS: 'true',
      TIDEMARK_KAFKA_CERT: pem('client.key'),
      TIDEMARK_KAFKA_KEY: pem('client.pem'),
    });
    assert.deepEqual(
      swapped.map((fault) => /^(\S+) names a file that holds no (key|certificate) in PEM/.exec(fault)?.slice(1)),
      [
        ['TIDEMARK_KAFKA_CERT', 'certificate'],
        ['TIDEMARK_KAFKA_KEY', 'key'],
      ],
    );
  });
});

describe('Credentials', () => {
  const LEAST = { TIDEMARK_BROKERS: 'localhost:9092', TIDEMARK_REGISTRY_URL: 'http://localhost' };
  const SASL = { TIDEMARK_KAFKA_SASL: 'scram-sha-512', TIDEMARK_KAFKA_USER: 'u', TIDEMARK_KAFKA_PASSWORD: SECRET };

  const faultyVariables = (more: Readonly<Record<string, string>>): string[] => {
    const parsed = parseSettings({ ...LEAST, ...more });
    return parsed.ok ? [] : parsed.faults.map(({ variable }) => variable);
  };

  it('do not travel unencrypted to another machine unless that is allowed', () => {
    const exposed = {
      ...SASL,
      TIDEMARK_BROKERS: 'localhost:9092,kafka.test:9092',
      TIDEMARK_REGISTRY_URL: 'http://registry.test',
      TIDEMARK_REGISTRY_USER: 'u',
      TIDEMARK_REGISTRY_PASSWORD: SECRET,
      TIDEMARK_CLICKHOUSE_URL: 'http://10.0.0.7:8123',
      TIDEMARK_CLICKHOUSE_PASSWORD: SECRET,
    };
    assert.deepEqual(faultyVariables(exposed), [
      'TIDEMARK_KAFKA_PASSWORD',
      'TIDEMARK_REGISTRY_PASSWORD',
      'TIDEMARK_CLICKHOUSE_PASSWORD',
    ]);
    assert.deepEqual(faultyVariables({ ...exposed, TIDEMARK_ALLOW_PLAINTEXT_CREDENTIALS: 'true' }), []);
    assert.deepEqual(
      faultyVariables({
        ...exposed,
        TIDEMARK_KAFKA_TLS: 'true',
        TIDEMARK_REGISTRY_URL: 'https://registry.test',
        TIDEMARK_CLICKHOUSE_URL: 'https://10.0.0.7:8443',
      }),
      [],
    );
  });

  it('may stay on this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'kafka.localhost']) {
      const more = { ...SASL, TIDEMARK_BROKERS: `${host}:9092`, TIDEMARK_CLICKHOUSE_URL: `http://${host}:8123` };
      assert.deepEqual(faultyVariables({ ...more, TIDEMARK_CLICKHOUSE_PASSWORD: SECRET }), [], host);
    }
    for (const host of ['localhost.example.test', '127.0.0.1.example.test', '128.0.0.1', 'nolocalhost']) {
      assert.deepEqual(
        faultyVariables({ ...SASL, TIDEMARK_BROKERS: `${host}:9092` }),
        ['TIDEMARK_KAFKA_PASSWORD'],
        host,
      );
    }
  });

  it('have no place in an address, which is part of messages', () => {
    assert.deepEqual(faultyVariables({ TIDEMARK_REGISTRY_URL: `http://u:${SECRET}@localhost` }), [
      'TIDEMARK_REGISTRY_URL',
    ]);
  });

  it('are in nothing that the command prints, whatever goes wrong', async () => {
    const environment = {
      ...LEAST,
      ...SASL,
      TIDEMARK_BROKERS: '127.0.0.1:1',
      TIDEMARK_REGISTRY_URL: 'http://127.0.0.1:1',
      TIDEMARK_REGISTRY_USER: 'u',
      TIDEMARK_REGISTRY_PASSWORD: SECRET,
      TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:1',
      TIDEMARK_CLICKHOUSE_PASSWORD: SECRET,
    };
    const wrong = [
      { ...environment, TIDEMARK_BROKERS: SECRET },
      { ...environment, TIDEMARK_KAFKA_SASL: SECRET },
      { ...environment, TIDEMARK_REGISTRY_URL: `http://u:${SECRET}@127.0.0.1:1` },
      { ...environment, TIDEMARK_CLICKHOUSE_URL: `http://u:${SECRET}@127.0.0.1:1` },
      { ...environment, TIDEMARK_KAFKA_TLS: 'true', TIDEMARK_KAFKA_CA: `/nowhere/${SECRET}` },
      { ...environment, TIDEMARK_CLICKHOUSE_URL: 'http://10.0.0.7:1' },
    ];
    const forms = [
      SECRET,
      Buffer.from(`u:${SECRET}`).toString('base64'),
      Buffer.from(`default:${SECRET}`).toString('base64'),
    ];
    for (const [variables, ...commandLines] of [
      ...wrong.map((variables) => [variables, ['dead-letters', 'list'], ['migrate']] as const),
      [environment, ['migrate'], ['query', 'SELECT 1']] as const,
    ]) {
      for (const commandLine of commandLines) {
        const { code, stdout, stderr } = await tidemark(commandLine, variables);
        assert.notEqual(code, 0);
        assert.ok(stderr.length > 10);
        for (const form of forms) assert.ok(!(stdout + stderr).includes(form), `${commandLine.join(' ')}: ${stderr}`);
      }
    }
  });
});
