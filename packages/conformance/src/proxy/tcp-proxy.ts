import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Address } from '../engine-under-test.js';

/** Where a connection is to be cut: before the n-th chunk of requests reaches the server, or before the n-th of answers leaves. */
interface Cut {
  readonly direction: Direction;
  left: number;
}

type Direction = 'request' | 'answer';

/** Stands between an engine and its server, and makes of the network what networks can be. */
export class TcpProxy {
  /** Milliseconds by which each chunk is late, in both directions. */
  delayMs = 0;
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

  get address(): Address {
    return { host: '127.0.0.1', port: (this.server.address() as AddressInfo).port };
  }

  /** Cuts all connections instead of passing the n-th chunk of requests (from 1) on: the server has not had all of it. */
  cutAtRequest(n: number): void {
    this.cut = { direction: 'request', left: n };
  }

  /** Cuts all connections instead of passing the n-th chunk of answers on: the server has done what it answers. */
  cutAtAnswer(n: number): void {
    this.cut = { direction: 'answer', left: n };
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
    this.join(client, upstream, 'request');
    this.join(upstream, client, 'answer');
  }

  private join(from: Socket, to: Socket, direction: Direction): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => this.pass(chunk, to, direction));
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
    if (this.cut?.direction === direction && --this.cut.left === 0) {
      this.cut = undefined;
      this.cutAll();
      return;
    }
    this.afterDelay(() => {
      if (!to.destroyed) to.write(chunk);
    });
  }

  private afterDelay(action: () => void): void {
    if (this.delayMs === 0) action();
    else setTimeout(action, this.delayMs);
  }
}
