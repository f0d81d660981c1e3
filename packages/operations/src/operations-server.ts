import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limitConnections } from './connection-limits.js';
import type { ServiceHealth, Verdict } from './service-health.js';
import type { ServiceMetrics } from './service-metrics.js';

export interface OperationsServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly health: ServiceHealth;
  readonly metrics: ServiceMetrics;
}

/** Probes and scrapers come from a handful of places, with one or two connections each. */
const LIMITS = { perRemote: 32, inAll: 256 };

/** The server could not be started: `address-in-use`, `address-denied` or `failed`. */
export class OperationsServerError extends Error {
  readonly retriable = false;

  constructor(
    readonly code: 'address-in-use' | 'address-denied' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'OperationsServerError';
  }
}

/**
 * Serves GET `/healthz/live` and `/healthz/ready` (200 or 503, with the reason as JSON) and `/metrics` (Prometheus' text format).
 * Whoever reaches it may read it; nothing is taken in but the path.
 */
export class OperationsServer {
  readonly host: string;
  readonly port: number;

  private constructor(private readonly server: Server) {
    const { address, port } = server.address() as AddressInfo;
    this.host = address;
    this.port = port;
  }

  /** @throws OperationsServerError where the address cannot be listened on. */
  static start({ host, port, health, metrics }: OperationsServerOptions): Promise<OperationsServer> {
    const server = createServer(
      // A probe's request is a few hundred bytes; whoever sends slowly or much is cut off.
      { maxHeaderSize: 8192, requestTimeout: 5000, headersTimeout: 5000, connectionsCheckingInterval: 1000 },
      (request, response) => void answer(request, response, health, metrics),
    );
    limitConnections(server, LIMITS);
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, host, port)));
      server.listen({ host, port }, () => resolve(new OperationsServer(server)));
    });
  }

  /** Ends at once, answers under way included. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  health: ServiceHealth,
  metrics: ServiceMetrics,
): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'text/plain', 'GET only\n');
  }
  const [path] = (request.url ?? '').split('?', 1);
  try {
    if (path === '/healthz/live') return sendVerdict(response, health.live());
    if (path === '/healthz/ready') {
      const verdict = health.ready();
      return send(
        response,
        verdict.ok ? 200 : 503,
        'application/json',
        `${JSON.stringify({ ...verdict, monitors: metrics.heldMonitors })}\n`,
      );
    }
    if (path === '/metrics') {
      metrics.ready(health.ready().ok);
      return send(response, 200, metrics.contentType, await metrics.text());
    }
    send(response, 404, 'text/plain', 'There are /healthz/live, /healthz/ready and /metrics.\n');
  } catch {
    send(response, 500, 'text/plain', 'The answer could not be put together.\n');
  }
}

function sendVerdict(response: ServerResponse, verdict: Verdict): void {
  send(response, verdict.ok ? 200 : 503, 'application/json', `${JSON.stringify(verdict)}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function startError(error: NodeJS.ErrnoException, host: string, port: number): OperationsServerError {
  const where = `Health and metrics cannot be served on ${host}:${port}`;
  const options = { cause: error };
  const remedy = 'Choose another with TIDEMARK_HTTP_PORT, 0 for any that is free, or turn it off with "off".';
  if (error.code === 'EADDRINUSE') {
    return new OperationsServerError('address-in-use', `${where}: the port is taken. ${remedy}`, options);
  }
  if (error.code === 'EACCES') {
    return new OperationsServerError('address-denied', `${where}: the port is not allowed. ${remedy}`, options);
  }
  return new OperationsServerError('failed', `${where}: ${error.message}. See TIDEMARK_HTTP_HOST.`, options);
}
