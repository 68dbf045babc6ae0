import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes connections on to a server, and counts or stops what passes. Knows PostgreSQL's messages, after the first one. */
export class TcpProxy {
  /** How often the client spoke and then the server answered, over all connections. */
  turns = 0;
  /** Messages of the client by their type, as `Sync` is `S`. */
  readonly messages = new Map<string, number>();
  /** False to keep back what the server answers. */
  passesAnswers = true;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<TcpProxy> {
    const target = new URL(url);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = new URL(url);
    own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new TcpProxy(server, own.href);
    server.on('connection', (client) => proxy.pass(client, Number(target.port), target.hostname));
    return proxy;
  }

  reset(): void {
    this.turns = 0;
    this.messages.clear();
  }

  /** Ends all connections at once, without a word. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private pass(client: Socket, port: number, host: string): void {
    const server = connect(port, host);
    let isClientsTurn = false;
    const splitter = new FrontendMessages((type) => this.messages.set(type, (this.messages.get(type) ?? 0) + 1));
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        (socket === client ? server : client).destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      isClientsTurn = true;
      splitter.push(chunk);
      server.write(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      if (isClientsTurn) this.turns++;
      isClientsTurn = false;
      if (this.passesAnswers) client.write(chunk);
    });
  }
}

class FrontendMessages {
  private bytes = Buffer.alloc(0);
  private hasBegun = false;

  constructor(private readonly onMessage: (type: string) => void) {}

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    for (;;) {
      // The first message has no type.
      const typeBytes = this.hasBegun ? 1 : 0;
      if (this.bytes.length < typeBytes + 4) return;
      const length = typeBytes + this.bytes.readUInt32BE(typeBytes);
      if (this.bytes.length < length) return;
      if (this.hasBegun) this.onMessage(String.fromCharCode(this.bytes[0]!));
      this.hasBegun = true;
      this.bytes = this.bytes.subarray(length);
    }
  }
}
