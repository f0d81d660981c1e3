import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Trap } from './trap.js';

/** A way to ClickHouse on which statements are looked at, each held up where a trap says so. */
export class ClickHouseTap {
  trap: Trap | null = null;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      this.#pass(asked, answer).catch(() => asked.socket.destroy());
    });
  }

  /** @param target where ClickHouse is, `http://host:port`. */
  static async before(target: string): Promise<ClickHouseTap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ClickHouseTap(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    this.#agent.destroy();
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const name = nameOf(asked, body);
    const statement = { clientId: null, transactionalId: null };
    if (name !== null && (await this.trap?.({ ...statement, name, moment: 'before' }))) {
      return void asked.socket.destroy();
    }
    const { method, headers, url } = asked;
    const onward = request(new URL(url ?? '/', this.target), { method, headers, agent: this.#agent });
    onward.end(body);
    const [answered] = (await once(onward, 'response')) as [IncomingMessage];
    const answeredBody = await buffer(answered);
    if (name !== null && (await this.trap?.({ ...statement, name, moment: 'after' }))) {
      return void asked.socket.destroy();
    }
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answer.end(answeredBody);
  }
}

/**
 * `INSERT <table>` or `SELECT <table>` of what the services do, with `settled` where the rows are of labels that have done with
 * waiting; null for what is neither.
 */
function nameOf({ url = '/', headers }: IncomingMessage, body: Buffer): string | null {
  const query = new URL(url, 'http://tap').searchParams.get('query') ?? body.toString('utf8');
  const [, inserted] = /^\s*INSERT INTO \w+\.(\w+)/.exec(query) ?? [];
  if (inserted !== undefined) {
    const rows = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    return `INSERT ${inserted}${rows.includes('"settled":1') ? ' settled' : ''}`;
  }
  const [, selected] = /^\s*SELECT\b[\s\S]*?\bFROM \w+\.(\w+)/.exec(query) ?? [];
  return selected === undefined ? null : `SELECT ${selected}`;
}
