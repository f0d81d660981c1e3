import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { KafkaLog, type Consumer, type TransactionalProducer } from '@tidemark/transport';
import { freePorts } from './java-process.js';
import { startKafka, type RunningKafka } from './kafka.js';

const GROUP = 'group';
const ID = 'id-0';

/** A way to the broker that can be cut. */
class Bridge {
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly port: number,
    private readonly target: number,
  ) {}

  async open(): Promise<void> {
    const server = createServer((near) => {
      const far = connect(this.target, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.#server = server;
  }

  cut(): void {
    this.#server?.close();
    this.#sockets.forEach((socket) => socket.destroy());
  }
}

interface Member {
  readonly consumer: Consumer;
  readonly producer: () => TransactionalProducer | null;
}

describe('A member that was cut off', { timeout: 120_000 }, () => {
  let kafka: RunningKafka;
  let bridge: Bridge;
  let cutOff: KafkaLog;
  let living: KafkaLog;

  before(async () => {
    const [near, far] = await freePorts(2);
    kafka = await startKafka(
      { 'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BRIDGED:PLAINTEXT' },
      [{ listen: `BRIDGED://127.0.0.1:${far}`, advertised: `BRIDGED://127.0.0.1:${near}` }],
    );
    bridge = new Bridge(near, far);
    await bridge.open();
    living = await KafkaLog.connect({ brokers: kafka.brokers, clientId: 'living' });
    cutOff = await KafkaLog.connect({ brokers: [`127.0.0.1:${near}`], clientId: 'cut-off' });
    await living.ensureTopics([
      { topic: 'input', partitions: 1 },
      { topic: 'output', partitions: 1 },
    ]);
  });

  after(async () => {
    await Promise.allSettled([living.close(), cutOff.close()]);
    bridge.cut();
    await kafka.stop();
  });

  /** @param onTick runs in the handler's queue, as a service's commits do: the group is joined again only behind it. */
  async function join(log: KafkaLog, onTick: () => Promise<void> = () => Promise.resolve()): Promise<Member> {
    let producer: TransactionalProducer | null = null;
    const consumer = await log.consume(
      { topic: 'input', group: GROUP, tickInterval: 100 },
      {
        assigned: async (partitions) => {
          producer = await log.transactionalProducer(ID);
          return new Map(partitions.map((partition) => [partition, null]));
        },
        records: () => Promise.resolve(),
        revoked: () => Promise.resolve(),
        tick: onTick,
      },
    );
    return { consumer, producer: () => producer };
  }

  async function owned(member: Member): Promise<TransactionalProducer> {
    const deadline = Date.now() + 40_000;
    for (;;) {
      const producer = member.producer();
      if (producer !== null && member.consumer.position(0) !== undefined) return producer;
      if (Date.now() > deadline) assert.fail('The partition was not given');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  function commit(producer: TransactionalProducer, value: string, offset: number): Promise<void> {
    const records = [{ topic: 'output', key: null, value: Buffer.from(value) }];
    return producer.commit({ records, consumed: { group: GROUP, topic: 'input', offsets: new Map([[0, offset]]) } });
  }

  it('does not take the id back from the member that has its partition now', async () => {
    const sender = await living.producer();
    await sender.send(
      ['a', 'b', 'c', 'd', 'e'].map((value) => ({ topic: 'input', key: null, value: Buffer.from(value) })),
    );
    await sender.close();
    let isCut = false;
    const first = await join(cutOff, async () => {
      if (isCut) await commit(await owned(first), 'late', 2);
    });
    await commit(await owned(first), 'one', 1);
    bridge.cut();
    isCut = true;
    const second = await join(living);
    const present = await owned(second);
    await commit(present, 'two', 2);
    // Until the client has given up, which would have found the newer epoch: the id is then to be registered anew.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    await bridge.open();
    await assert.rejects(first.consumer.done, { code: 'fenced' });
    await commit(present, 'three', 3);
    const values: string[] = [];
    const follower = await living.follow('output', ({ value }) => void values.push(String(value)));
    await follower.stop();
    assert.deepEqual(values, ['one', 'two', 'three']);
    await second.consumer.stop();
  });
});
