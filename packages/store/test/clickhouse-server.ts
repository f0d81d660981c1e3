import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A request as a server of ClickHouse gets it. */
export interface ServerRequest {
  readonly parameters: URLSearchParams;
  /** The statement, and the rows of an insert after it. */
  readonly sql: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** What a server answers: rows, or one of ClickHouse's faults. */
export type ServerAnswer = readonly object[] | { readonly code: number; readonly type: string };

export interface FakeServer {
  readonly url: string;
  readonly requests: ServerRequest[];
  close(): Promise<void>;
}

/** A server that speaks ClickHouse's HTTP as far as the client asks it to, for what the engine in the process cannot be: replicated. */
export async function fakeServer(answer: (request: ServerRequest) => ServerAnswer): Promise<FakeServer> {
  const requests: ServerRequest[] = [];
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then((request) => {
      requests.push(request);
      const answered = answer(request);
      if ('code' in answered) {
        const { code, type } = answered;
        response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code) });
        response.end(`Code: ${code}. DB::Exception: not now. (${type}) (version 26.7.2.1)`);
      } else response.end(answered.map((row) => `${JSON.stringify(row)}\n`).join(''));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ServerRequest> {
  const sent = await buffer(incoming);
  const body = (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString();
  const parameters = new URL(incoming.url ?? '/', 'http://localhost').searchParams;
  const query = parameters.get('query');
  if (query === null) return { parameters, sql: body, rows: [] };
  const lines = body.split('\n').filter((line) => line !== '');
  return { parameters, sql: query, rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
