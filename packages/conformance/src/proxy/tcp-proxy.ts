import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Address } from '../engine-under-test.js';

/** Where connections are to be cut: before so much has passed in that direction, over all of them. */
interface Cut {
  readonly direction: Direction;
  readonly unit: 'chunks' | 'bytes';
  left: number;
}

type Direction = 'request' | 'answer';

interface Connection {
  /** The server spoke last, or nobody has spoken. */
  isAnswered: boolean;
}

/** Stands between an engine and its server, counts what passes, and makes of the network what networks can be. */
export class TcpProxy {
  /** Milliseconds by which each chunk is late, in both directions. */
  delayMs = 0;
  /** False to keep back what servers answer. */
  passesAnswers = true;
  /** Round trips over all connections: how often a client spoke after its server had, or for the first time. */
  trips = 0;
  /** Told what clients send, and on which connection. */
  onRequest: ((chunk: Buffer, connection: object) => void) | undefined;
  private cut: Cut | undefined;
  private isSilent = false;
  private refuses = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: Address,
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  /** On a free port of this machine. */
  static async listen(target: Address): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** Before the server that a connection string names. */
  static async before(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    return await TcpProxy.listen({ host: hostname, port: Number(port) });
  }

  /** The connection string, with this proxy in place of the server. */
  through(url: string): string {
    const { host, port } = this.address;
    const changed = new URL(url);
    changed.host = `${host}:${port}`;
    return changed.href;
  }

  /** How many round trips the work takes. */
  async count(work: () => unknown): Promise<number> {
    const before = this.trips;
    await work();
    return this.trips - before;
  }

  get address(): Address {
    return { host: '127.0.0.1', port: (this.server.address() as AddressInfo).port };
  }

  /** Cuts all connections instead of passing the n-th chunk of requests (from 1) on: the server has not had all of it. */
  cutAtRequest(n: number): void {
    this.cut = { direction: 'request', unit: 'chunks', left: n };
  }

  /** The same instead of passing the n-th byte of requests on. */
  cutAtRequestByte(n: number): void {
    this.cut = { direction: 'request', unit: 'bytes', left: n };
  }

  /** Cuts all connections instead of passing the n-th chunk of answers on: the server has done what it answers. */
  cutAtAnswer(n: number): void {
    this.cut = { direction: 'answer', unit: 'chunks', left: n };
  }

  /** Forgets a cut that has not happened. True if it had happened. */
  disarm(): boolean {
    const happened = this.cut === undefined;
    this.cut = undefined;
    return happened;
  }

  cutAll(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  /** Swallows everything from now on, and holds connections open; or ends that, by cutting what was silent. */
  silence(isSilent: boolean): void {
    this.isSilent = isSilent;
    if (!isSilent) this.cutAll();
  }

  /** Cuts all, and every new connection at once; or ends that. */
  refuse(refuses: boolean): void {
    this.refuses = refuses;
    if (refuses) this.cutAll();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(client: Socket): void {
    if (this.refuses) {
      client.destroy();
      return;
    }
    const upstream = connect(this.target.port, this.target.host);
    const connection: Connection = { isAnswered: true };
    this.join(client, upstream, (chunk) => {
      if (connection.isAnswered) this.trips++;
      connection.isAnswered = false;
      this.onRequest?.(chunk, connection);
      this.pass(chunk, upstream, 'request');
    });
    this.join(upstream, client, (chunk) => {
      connection.isAnswered = true;
      if (this.passesAnswers) this.pass(chunk, client, 'answer');
    });
  }

  private join(from: Socket, to: Socket, pass: (chunk: Buffer) => void): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', pass);
    from.on('end', () => this.afterDelay(() => to.end()));
    // An error is followed by `close`: both ends go.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      this.afterDelay(() => to.destroySoon());
    });
  }

  private pass(chunk: Buffer, to: Socket, direction: Direction): void {
    if (this.isSilent) return;
    if (this.isCutAt(chunk, direction)) {
      this.cut = undefined;
      this.cutAll();
      return;
    }
    this.afterDelay(() => {
      if (!to.destroyed) to.write(chunk);
    });
  }

  private isCutAt(chunk: Buffer, direction: Direction): boolean {
    if (this.cut?.direction !== direction) return false;
    this.cut.left -= this.cut.unit === 'bytes' ? chunk.length : 1;
    return this.cut.left <= 0;
  }

  private afterDelay(action: () => void): void {
    if (this.delayMs === 0) action();
    else setTimeout(action, this.delayMs);
  }
}
