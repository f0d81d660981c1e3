import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { ConfluentRegistry, ContractsError, schemaOf, subjectOf } from '../../src/index.js';

/** Answers in the order of the calls, as a registry does over HTTP. */
let answers: (readonly [status: number, body: object])[] = [];
let requests: string[] = [];
let server: Server;
let registry: ConfluentRegistry;

before(async () => {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const [status, body] = answers.shift() ?? [500, { message: 'no answer left' }];
    request.resume().on('end', () => {
      response
        .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
        .end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  registry = new ConfluentRegistry({ url: `http://127.0.0.1:${port}/apis/ccompat/v7/`, retries: 0 });
});
beforeEach(() => {
  answers = [];
  requests = [];
});
after(() => server.close());

const rejects = (code: string, retriable: boolean) => (error: unknown) =>
  error instanceof ContractsError &&
  error.code === code &&
  error.retriable === retriable &&
  error.message.includes('127.0.0.1');

test('a schema is registered under its subject as FULL_TRANSITIVE', async () => {
  answers = [
    [404, { error_code: 40408, message: 'no config' }],
    [200, { id: 12 }],
    [200, { compatibility: 'FULL_TRANSITIVE' }],
  ];
  const id = await registry.register(subjectOf('GroundTruth'), schemaOf('GroundTruth'));
  assert.equal(id, 12);
  assert.equal(requests[1], 'POST /apis/ccompat/v7/subjects/io.tidemark.GroundTruth/versions');
  assert.equal(requests[2], 'PUT /apis/ccompat/v7/config/io.tidemark.GroundTruth');
});

test('whether a schema is registered is asked without registering it', async () => {
  answers = [
    [200, { id: 12 }],
    [404, { error_code: 40403, message: 'Schema not found' }],
    [503, { message: 'starting' }],
  ];
  const asked = () => registry.isRegistered(subjectOf('GroundTruth'), schemaOf('GroundTruth'));
  assert.deepEqual([await asked(), await asked()], [true, false]);
  await assert.rejects(asked(), rejects('registry-unreachable', true));
  assert.deepEqual([...new Set(requests)], ['POST /apis/ccompat/v7/subjects/io.tidemark.GroundTruth']);
});

test('a schema is fetched once', async () => {
  answers = [[200, { schema: JSON.stringify(schemaOf('SourceWatermark')) }]];
  for (let i = 0; i < 2; i++) {
    const answer = await registry.schemaOf(31);
    assert.ok(answer.ok);
    assert.equal((answer.schema as { name?: string }).name, 'io.tidemark.SourceWatermark');
  }
  assert.deepEqual(requests, ['GET /apis/ccompat/v7/schemas/ids/31']);
});

test('an unknown id and a schema that is not Avro are faults of the record', async () => {
  answers = [
    [404, { error_code: 40403, message: 'Schema not found' }],
    [200, { schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message M { int32 a = 1; }' }],
    [200, { schema: '{"type":"nonsense"}' }],
  ];
  const reasons: string[] = [];
  for (const id of [41, 42, 43]) {
    const answer = await registry.schemaOf(id);
    assert.ok(!answer.ok);
    reasons.push(answer.reason);
  }
  assert.deepEqual(reasons, ['unknown_schema', 'wrong_schema', 'wrong_schema']);
});

test('what happened to a connection is said, and no status that never came', async () => {
  const cutting = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(cutting.address() as AddressInfo).port}`;
  const messageFrom = async (address: string): Promise<string> => {
    const asked = new ConfluentRegistry({ url: address, retries: 0 }).schemaOf(51);
    return asked.then(
      () => assert.fail('no error'),
      (error: unknown) => {
        assert.ok(rejects('registry-unreachable', true)(error));
        return (error as Error).message;
      },
    );
  };
  const cut = await messageFrom(url);
  assert.match(cut, /: the connection ended before an answer came \(socket hang up\)\./);
  await new Promise((resolve) => cutting.close(resolve));
  const refused = await messageFrom(url);
  assert.match(refused, /: no connection could be made \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)\./);
  answers = [[503, {}]];
  const failing = await messageFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  assert.match(failing, /: it answered with the status 503/);
  for (const message of [cut, refused, failing]) assert.doesNotMatch(message, /tidemark - |status 400/);
});

test('a registry that fails is a retriable error of the process', async () => {
  answers = [[503, { message: 'starting' }]];
  await assert.rejects(registry.schemaOf(51), rejects('registry-unreachable', true));
  const nobody = new ConfluentRegistry({ url: 'http://127.0.0.1:1', retries: 0 });
  await assert.rejects(nobody.schemaOf(1), rejects('registry-unreachable', true));
  await assert.rejects(nobody.register('s', schemaOf('GroundTruth')), rejects('registry-unreachable', true));
});

const CONFLICT: readonly (readonly [number, object])[] = [
  [200, { compatibilityLevel: 'FULL_TRANSITIVE' }],
  [409, { error_code: 409, message: 'incompatible, or being registered by another' }],
];

test('a schema that another process registers at the same moment is registered all the same', async () => {
  answers = [
    [200, { compatibilityLevel: 'NONE' }],
    ...CONFLICT,
    [200, { compatibilityLevel: 'FULL_TRANSITIVE' }],
    [200, { id: 13 }],
  ];
  assert.equal(await registry.register(subjectOf('DeadLetter'), schemaOf('DeadLetter')), 13);
});

test('refused credentials and refused schemas are errors that stay', async () => {
  answers = [[401, { message: 'who are you?' }]];
  await assert.rejects(registry.schemaOf(61), rejects('registry-denied', false));
  answers = Array.from({ length: 4 }, () => CONFLICT).flat();
  await assert.rejects(registry.register('s', schemaOf('GroundTruth')), rejects('registry-refused', false));
  answers = Array.from({ length: 4 }, () => [200, { compatibilityLevel: 'NONE' }] as const);
  await assert.rejects(registry.register('s', schemaOf('GroundTruth')), rejects('registry-refused', false));
});

test('a hostile schema is a fault of the record that names it, found before it is compiled', async () => {
  const deep = '{"type":"array","items":'.repeat(100_000) + '"int"' + '}'.repeat(100_000);
  const wide = {
    type: 'record',
    name: 'R',
    fields: Array.from({ length: 20_000 }, (_, i) => ({ name: `f${i}`, type: 'int' })),
  };
  answers = [
    [200, { schema: deep }],
    [200, { schema: JSON.stringify(wide) }],
    [200, { schema: JSON.stringify({ type: 'enum', name: 'E', symbols: ['A'], doc: 'x'.repeat(1 << 20) }) }],
  ];
  const details: string[] = [];
  const startedAt = performance.now();
  for (const id of [71, 72, 73]) {
    const answer = await registry.schemaOf(id);
    assert.ok(!answer.ok && answer.reason === 'wrong_schema');
    details.push(answer.detail);
  }
  assert.ok(performance.now() - startedAt < 2000, 'nothing of it was compiled');
  assert.match(details[0], /1048576 are allowed/);
  assert.match(details[1], /more than 50000 parts/);
  assert.match(details[2], /1048576 are allowed/);
  assert.equal(requests.length, 3, 'an answer is not asked for again because of what it says');
});

test('a registry that does not answer is given up on', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const waiting = new ConfluentRegistry({ url: `http://127.0.0.1:${port}`, retries: 0, timeout: 100 });
  await assert.rejects(waiting.schemaOf(1), rejects('registry-unreachable', true));
  silent.closeAllConnections();
  silent.close();
});

/** A registry that answers as it likes, and whether its connections have ended. */
async function answering(answer: (response: ServerResponse) => void) {
  let open = 0;
  const hostile = createServer((request, response) => {
    open++;
    request.socket.on('close', () => open--);
    answer(response);
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  const { port } = hostile.address() as AddressInfo;
  return {
    registry: new ConfluentRegistry({ url: `http://127.0.0.1:${port}`, retries: 3, timeout: 1000 }),
    close: async () => {
      for (let waited = 0; open > 0 && waited < 2000; waited += 20) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const left = open;
      hostile.closeAllConnections();
      hostile.close();
      return left;
    },
  };
}

test('a registry that drips its answer holds nobody for longer than the time limit', { timeout: 20_000 }, async () => {
  const { registry: dripping, close } = await answering((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(drip));
  });
  const startedAt = performance.now();
  await assert.rejects(dripping.schemaOf(1), rejects('registry-unreachable', true));
  await assert.rejects(dripping.ping(), rejects('registry-unreachable', true));
  assert.ok(performance.now() - startedAt < 5000, 'two calls of a second each');
  assert.equal(await close(), 0, 'the connections are closed');
});

test('a registry that sends without end is cut off at the size of an answer', { timeout: 20_000 }, async () => {
  let sent = 0;
  const { registry: endless, close } = await answering((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = (): void => {
      if (response.destroyed) return;
      sent += 1 << 20;
      if (response.write(' '.repeat(1 << 20))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await assert.rejects(endless.schemaOf(1), rejects('registry-unreachable', true));
  assert.equal(await close(), 0);
  assert.ok(sent < 64 << 20, `${sent >> 20} MiB were taken`);
});

test('a registry whose connection ends within an answer is a retriable error', { timeout: 20_000 }, async () => {
  const { registry: broken, close } = await answering((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{');
    setTimeout(() => response.destroy(), 50);
  });
  await assert.rejects(broken.schemaOf(1), rejects('registry-unreachable', true));
  await close();
});
