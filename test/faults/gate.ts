import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A way to a server that can be shut: connections through it break, and new ones are refused. */
export class Gate {
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {}

  static async before(url: string): Promise<Gate> {
    const { hostname, port } = new URL(url);
    const gate = new Gate({ host: hostname, port: Number(port) });
    await gate.open();
    return gate;
  }

  /** The address of the target, by way of the gate. */
  urlOf(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${this.#port}`;
    return through.toString();
  }

  async open(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer((inward) => {
      const outward = createConnection(this.target);
      for (const [socket, other] of [
        [inward, outward],
        [outward, inward],
      ]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
