import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { freePorts } from '../real/java-process.js';
import { startKafka, type RunningKafka } from '../real/kafka.js';
import type { Passing, Trap } from './trap.js';

/** The requests of Kafka's protocol that the services' effects consist of, by their numbers there ("Api Keys" in Kafka's protocol guide). */
const NAMES: Readonly<Record<number, string>> = {
  0: 'Produce',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
};

/** A way to a broker on which requests are looked at, each held up where a trap says so. The broker must give its address as its own. */
export class KafkaTap {
  trap: Trap | null = null;
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly brokerPort: number,
  ) {
    server.on('connection', (client) => this.#connect(client));
  }

  static async before(brokerPort: number): Promise<KafkaTap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new KafkaTap(server, brokerPort);
  }

  /** host:port */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(client: Socket): void {
    const broker = createConnection(this.brokerPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    /** What requests that are not answered yet are, by their correlation ids. */
    const asked = new Map<number, Omit<Passing, 'moment'>>();
    eachMessage(client, async (message) => {
      // Length, number, version, correlation id, client id; then, of all that have names here, the transactional id.
      const name = NAMES[message.readInt16BE(4)];
      if (name !== undefined) {
        const clientId = textAt(message, 12);
        const transactionalId = textAt(message, 14 + (clientId?.length ?? 0));
        const request = { name, clientId, transactionalId };
        if (await this.trap?.({ ...request, moment: 'before' })) return void client.destroy();
        asked.set(message.readInt32BE(8), request);
      }
      broker.write(message);
    });
    eachMessage(broker, async (message) => {
      const request = asked.get(message.readInt32BE(4));
      asked.delete(message.readInt32BE(4));
      if (request !== undefined && (await this.trap?.({ ...request, moment: 'after' }))) return void client.destroy();
      client.write(message);
    });
  }
}

/** A string of Kafka's protocol: its length in two bytes, below 0 for null. The ids read here are ASCII. */
function textAt(message: Buffer, offset: number): string | null {
  const length = message.readInt16BE(offset);
  return length < 0 ? null : message.toString('utf8', offset + 2, offset + 2 + length);
}

/** A Kafka that can also be reached by way of a tap. */
export async function startTappedKafka(): Promise<{ readonly kafka: RunningKafka; readonly tap: KafkaTap }> {
  const [port] = await freePorts(1);
  const tap = await KafkaTap.before(port);
  const names = 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TAPPED:PLAINTEXT';
  const listener = { listen: `TAPPED://127.0.0.1:${port}`, advertised: `TAPPED://${tap.address}` };
  return { kafka: await startKafka({ 'listener.security.protocol.map': names }, [listener]), tap };
}

/** Gives every message of a connection, its length before it, one after another. */
function eachMessage(socket: Socket, take: (message: Buffer) => Promise<unknown>): void {
  let rest: Buffer = Buffer.alloc(0);
  let queue: Promise<unknown> = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const message = rest.subarray(0, 4 + rest.readInt32BE(0));
      rest = rest.subarray(message.length);
      queue = queue.then(() => take(message)).catch(() => socket.destroy());
    }
  });
}
