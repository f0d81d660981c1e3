import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SqlEngine } from './sql-engine.js';

/**
 * How the front answers:
 * - `serving`: as the server would
 * - `refusing`: nobody listens
 * - `hanging`: requests are taken and never answered
 * - `overloaded`: ClickHouse's own refusal, too many parts or too many queries
 * - `unavailable`: 503 in another program's words, as a load balancer before it answers
 * - `cutting`: the statement is executed, then the connection breaks instead of an answer
 * - `disk-full`: the engine takes no insert, as its disk has no room; others are served
 */
export const FRONT_MODES = [
  'serving',
  'refusing',
  'hanging',
  'overloaded',
  'unavailable',
  'cutting',
  'disk-full',
] as const;
export type FrontMode = (typeof FRONT_MODES)[number];

/** Bytes. An engine that must leave so many free takes no insert: its own check of a full disk, and its own words. */
const NO_DISK_HAS_THIS = String(2 ** 60);

/** Query parameters of the HTTP interface that are neither settings nor values of the statement. */
const OF_THE_PROTOCOL = new Set([
  ...['query', 'query_id', 'database', 'session_id', 'default_format', 'role', 'wait_end_of_query'],
  ...['enable_http_compression', 'send_progress_in_http_headers', 'http_headers_progress_interval_ms'],
]);

/**
 * As much of ClickHouse's HTTP interface as its JavaScript client uses, over the embedded engine, with faults at will. So the
 * services' path to a server is the one under test, from the socket to the engine.
 */
export class ClickHouseFront {
  #server: Server | null = null;
  #port = 0;
  #mode: FrontMode = 'serving';
  /** Requests that met a fault since the mode was last set. */
  #met = 0;

  private constructor(private readonly engine: SqlEngine) {}

  /** @param port 0: one that is free. */
  static async open(folder: string, port: number): Promise<ClickHouseFront> {
    const front = new ClickHouseFront(await SqlEngine.open(folder));
    front.#port = port;
    await front.#listen();
    return front;
  }

  get port(): number {
    return this.#port;
  }

  /** Changes the way of answering. @returns how many requests met the former mode's fault. */
  async setMode(mode: FrontMode): Promise<number> {
    const met = this.#met;
    const former = this.#mode;
    this.#mode = mode;
    this.#met = 0;
    if (mode === 'refusing') await this.#unlisten();
    else {
      // Whoever hangs has waited in vain.
      if (former === 'hanging') this.#server?.closeAllConnections();
      if (this.#server === null) await this.#listen();
    }
    return met;
  }

  async close(): Promise<void> {
    await this.#unlisten();
    await this.engine.close();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // Of one who was killed while it asked there is nothing to say.
        if (request.complete) console.error(error);
        request.socket.destroy();
      });
    });
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #unlisten(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://front');
    const body = await bodyOf(request);
    if (url.pathname !== '/' && url.pathname !== '/ping') return answerError(response, 404, 'There is no such handle');
    const mode = this.#mode;
    if (mode === 'hanging') return void this.#met++;
    if (mode === 'unavailable') {
      this.#met++;
      response.writeHead(503, { 'Content-Type': 'text/html' });
      response.end('<html><body>No server is available to handle this request</body></html>');
      return;
    }
    if (url.pathname === '/ping') return void response.end('Ok.\n');

    const statement = [url.searchParams.get('query') ?? '', body].filter((part) => part !== '').join('\n');
    const writes = /^\s*(INSERT|CREATE|ALTER)\b/i.test(statement);
    if (mode === 'overloaded') {
      this.#met++;
      const [code, text, name] = writes
        ? [252, 'Too many parts (3000). Merges are processing significantly slower than inserts', 'TOO_MANY_PARTS']
        : [202, 'Too many simultaneous queries. Maximum: 100', 'TOO_MANY_SIMULTANEOUS_QUERIES'];
      return answerException(response, code, `${text}. (${name})`);
    }
    const full = mode === 'disk-full' && writes;
    if (full) this.#met++;
    const settings = settingsOf(url).set('min_free_disk_bytes_to_perform_insert', full ? NO_DISK_HAS_THIS : '0');
    const outcome = await this.engine.run(statement, settings, parametersOf(url), formatOf(url));
    // Asked again: the fault may have begun while the statement ran.
    if (this.#mode === 'cutting') {
      this.#met++;
      request.socket.destroy();
      return;
    }
    if (!outcome.ok) return answerException(response, outcome.code, outcome.message);
    const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'])) && wantsCompression(url);
    response.writeHead(200, {
      'Content-Type': 'text/plain; charset=UTF-8',
      'X-ClickHouse-Query-Id': url.searchParams.get('query_id') ?? '',
      'X-ClickHouse-Summary': '{"read_rows":"0","read_bytes":"0","written_rows":"0","written_bytes":"0"}',
      ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
    });
    response.end(zipped ? gzipSync(outcome.text) : outcome.text);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
}

function settingsOf(url: URL): Map<string, string> {
  const settings = [...url.searchParams].filter(([name]) => !OF_THE_PROTOCOL.has(name) && !name.startsWith('param_'));
  return new Map(settings);
}

function parametersOf(url: URL): Map<string, string> {
  const given = [...url.searchParams].filter(([name]) => name.startsWith('param_'));
  return new Map(given.map(([name, value]) => [name.slice('param_'.length), value]));
}

function formatOf(url: URL): string {
  return url.searchParams.get('default_format') ?? 'TabSeparated';
}

function wantsCompression(url: URL): boolean {
  return url.searchParams.get('enable_http_compression') === '1';
}

function answerException(response: ServerResponse, code: number, text: string): void {
  answerError(response, 500, `Code: ${code}. DB::Exception: ${text} (version 25.8.0.0)\n`, code);
}

function answerError(response: ServerResponse, status: number, text: string, code?: number): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    ...(code === undefined ? {} : { 'X-ClickHouse-Exception-Code': String(code) }),
  });
  response.end(text);
}
