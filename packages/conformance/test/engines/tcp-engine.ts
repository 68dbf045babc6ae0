import {
  checkBatch,
  checkKeys,
  checkScan,
  PandaError,
  type Engine,
  type EngineCapabilities,
  type EngineScanOptions,
  type EngineScanPage,
  type KeyRange,
  type RangeEstimate,
  type WriteBatch,
} from '@pandakv/core/engine';
import type { Address } from '@pandakv/conformance';
import { connect, type Socket } from 'node:net';
import { onMessages, send, toError, type Answer, type Call, type Outcome } from './tcp-protocol.js';

interface Connection {
  readonly socket: Socket;
  readonly waiting: Map<number, { readonly resolve: (answer: Outcome) => void; readonly reject: (error: Error) => void }>;
}

/** A correct engine that asks a server, over one connection, which it makes anew after it was lost. */
export class TcpEngine implements Engine {
  readonly capabilities: EngineCapabilities = {
    durability: 'process-crash',
    batchBytesMax: 32 * 1024 * 1024,
    estimateExact: true,
    multiProcess: true,
  };
  private connection: Connection | undefined;
  private isClosed = false;
  private next = 0;
  private readonly inFlight = new Set<Promise<unknown>>();

  constructor(
    private readonly address: Address,
    private readonly deadlineMs: number,
  ) {}

  static async open<T extends TcpEngine>(engine: T): Promise<T> {
    await engine.ask({ call: 'hello' });
    return engine;
  }

  async get(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.checkOpen();
    checkKeys(keys);
    return (await this.ask({ call: 'get', keys })) as (Uint8Array | undefined)[];
  }

  async scan(range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
    this.checkOpen();
    checkScan(options);
    return (await this.ask({ call: 'scan', range, options })) as EngineScanPage;
  }

  async write(batch: WriteBatch): Promise<void> {
    this.checkOpen();
    checkBatch(batch, this.capabilities.batchBytesMax);
    await this.ask({ call: 'write', batch });
  }

  async estimate(range: KeyRange): Promise<RangeEstimate> {
    this.checkOpen();
    return (await this.ask({ call: 'estimate', range })) as RangeEstimate;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled(this.inFlight);
    this.connection?.socket.destroy();
  }

  protected async ask(request: Call): Promise<unknown> {
    const answered = this.exchange(request);
    this.inFlight.add(answered);
    try {
      const answer = await answered;
      if ('code' in answer) throw toError(answer);
      return answer.result;
    } finally {
      this.inFlight.delete(answered);
    }
  }

  protected deadline(): number {
    return this.deadlineMs;
  }

  protected lost(cause?: Error): Error {
    return new PandaError('ShardUnavailable', 'The connection to the server was lost', { cause });
  }

  /** What becomes of a connection that is lost: the next call makes another. */
  protected forget(connection: Connection): void {
    if (this.connection === connection) this.connection = undefined;
  }

  private checkOpen(): void {
    if (this.isClosed) throw new PandaError('Closed', 'The engine is closed');
  }

  private exchange(call: Call): Promise<Outcome> {
    const id = this.next++;
    const connection = (this.connection ??= this.connect());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => connection.socket.destroy(), this.deadline());
      connection.waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      send(connection.socket, { id, ...call });
    });
  }

  private connect(): Connection {
    const connection: Connection = { socket: connect(this.address.port, this.address.host), waiting: new Map() };
    const { socket, waiting } = connection;
    let cause: Error | undefined;
    socket.setNoDelay(true);
    socket.on('error', (error) => (cause = error));
    socket.on('close', () => {
      this.forget(connection);
      for (const { reject } of waiting.values()) reject(this.lost(cause));
      waiting.clear();
    });
    onMessages(socket, (message) => {
      const answer = message as Answer;
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    });
    return connection;
  }
}
