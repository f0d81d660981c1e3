import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { schemaOf } from '@tidemark/contracts';
import { TidemarkClient, type ConnectOptions } from '../src/index.js';
import { registryOf } from '../src/registry-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-client-'));
const heard: (string | null)[] = [];
const plain = createServer(answer);
const pem = (name: string): Buffer => readFileSync(join(folder, name));

/** Stands in for a registry, as far as one schema goes. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  heard.push(request.headers.authorization ?? null);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ schema: JSON.stringify(schemaOf('SourceWatermark')) }));
}

async function portOf(server: { listen(port: number, host: string, ready: () => void): unknown; address(): unknown }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('The registry of the client', () => {
  after(() => {
    plain.closeAllConnections();
    plain.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is an address alone, or one with credentials', async () => {
    const url = `http://127.0.0.1:${await portOf(plain)}`;
    const auth = { username: 'loans', password: 'secret' };
    for (const options of [
      { registryUrl: url },
      { registry: { url } },
      { registry: { url, auth }, registryUrl: 'x' },
    ]) {
      assert.equal((await registryOf(options).schemaOf(7)).ok, true);
    }
    assert.deepEqual(heard, [null, null, `Basic ${Buffer.from('loans:secret').toString('base64')}`]);
  });

  it('is trusted by the authority that is given, and by no other', async () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', 'ca.pem'], { cwd: folder, stdio: 'pipe' });
    const secure = createSecureServer({ cert: pem('ca.pem'), key: pem('key.pem') }, answer);
    try {
      const url = `https://localhost:${await portOf(secure)}`;
      const registry = { url, certificates: { ca: pem('ca.pem') } };
      assert.equal((await registryOf({ registry }).schemaOf(7)).ok, true);
      await assert.rejects(registryOf({ registryUrl: url }).schemaOf(7), { code: 'registry-unreachable' });
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });

  it('is asked for where none is given, before Kafka is looked for', async () => {
    const options: ConnectOptions = { kafka: { brokers: ['127.0.0.1:1'], clientId: 'loans' } };
    await assert.rejects(TidemarkClient.connect(options), { name: 'TypeError', message: /registry: \{ url \}/ });
  });
});
