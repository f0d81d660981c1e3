import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly perRemote: number;
  readonly inAll: number;
}

/** Milliseconds in which a connection that has just come can say what it wants, before it may be closed for another. */
const FIRST_WORD = 25;
/** For so long the connections may be so many times the limit; beyond that the oldest goes at once. */
const BURST = 2;

/**
 * Bounds the open connections of a server whose requests are answered at once: where there are too many, those that have been open for longest
 * are closed, first of a remote with too many, then of the remote that has the most. So a newcomer always has its turn: connections that are
 * opened and left open, however many, keep no probe out.
 */
export function limitConnections(server: Server, { perRemote, inAll }: ConnectionLimits): void {
  /** By remote, the oldest connection first. */
  const open = new Map<string, Set<Socket>>();
  let count = 0;
  let trimming: NodeJS.Timeout | undefined;

  const forget = (socket: Socket, remote: string): void => {
    const own = open.get(remote);
    if (own?.delete(socket) !== true) return;
    count--;
    if (own.size === 0) open.delete(remote);
  };
  const closeOldestOf = (remote: string, own: ReadonlySet<Socket>): void => {
    const [oldest] = own;
    // At once, not when its end has been heard of: many may come in the meantime.
    forget(oldest, remote);
    oldest.destroy();
  };
  const closeOldest = (): void => {
    closeOldestOf(...[...open].reduce((most, each) => (each[1].size > most[1].size ? each : most)));
  };
  const trim = (): void => {
    trimming = undefined;
    for (const [remote, own] of open) while (own.size > perRemote) closeOldestOf(remote, own);
    while (count > inAll) closeOldest();
  };

  server.on('connection', (socket: Socket) => {
    const remote = socket.remoteAddress ?? '';
    const own = open.get(remote) ?? new Set<Socket>();
    open.set(remote, own.add(socket));
    count++;
    socket.on('close', () => forget(socket, remote));
    if (count > BURST * inAll) closeOldest();
    if (own.size > perRemote || count > inAll) trimming ??= setTimeout(trim, FIRST_WORD);
  });
  server.on('close', () => clearTimeout(trimming));
}
