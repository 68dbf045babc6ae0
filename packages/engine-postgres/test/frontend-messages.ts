import type { TcpProxy } from '@pandakv/conformance';

/** Counts the messages that clients send through a proxy, by their type, as `Sync` is `S`. The first of a connection has none. */
export class FrontendMessages {
  readonly counts = new Map<string, number>();
  private readonly splitters = new WeakMap<object, MessageSplitter>();

  constructor(proxy: TcpProxy) {
    proxy.onRequest = (chunk, connection) => {
      let splitter = this.splitters.get(connection);
      if (splitter === undefined) {
        splitter = new MessageSplitter((type) => this.counts.set(type, (this.counts.get(type) ?? 0) + 1));
        this.splitters.set(connection, splitter);
      }
      splitter.push(chunk);
    };
  }
}

class MessageSplitter {
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
