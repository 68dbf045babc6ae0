import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy before a server: counts trips, and cuts connections where it is told to. */
export class Proxy {
  /** How often a client spoke after the server had (or for the first time): the round trips. */
  trips = 0;
  /** Bytes that clients sent. */
  sentBytes = 0;
  /** Asked before a client's bytes are passed on: true cuts the connection instead. */
  cutsBefore: ((data: Buffer) => boolean) | undefined;
  /** Asked before the server's bytes are passed on: true cuts the connection instead. */
  cutsAnswer: ((data: Buffer) => boolean) | undefined;
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  /** Listens on a free port of the loopback interface. */
  static async before(url: string): Promise<Proxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const proxy = new Proxy(server);
    server.on('connection', (client) => proxy.join(client, createConnection({ host: hostname, port: Number(port) })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The connection string, with this proxy in place of the server. */
  through(url: string): string {
    const address = this.server.address();
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(typeof address === 'object' ? address?.port : '');
    return changed.href;
  }

  /** Counts the trips that the work takes. */
  async count(work: () => unknown): Promise<number> {
    const before = this.trips;
    await work();
    return this.trips - before;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, server: Socket): void {
    let isAnswered = true;
    const cut = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', () => {
        this.sockets.delete(socket);
        cut();
      });
    }
    client.on('data', (data) => {
      if (isAnswered) this.trips++;
      isAnswered = false;
      this.sentBytes += data.length;
      if (this.cutsBefore?.(data) === true) cut();
      else server.write(data);
    });
    server.on('data', (data) => {
      isAnswered = true;
      if (this.cutsAnswer?.(data) === true) cut();
      else client.write(data);
    });
  }
}
