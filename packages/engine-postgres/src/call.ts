import { PandaError } from '@pandakv/core/engine';
import type { ClientBase, Submittable } from 'pg';
import type { BinaryConnection, Wire } from './binary-connection.js';
import { endsConnection } from './error-map.js';
import { executionMessages } from './execution-messages.js';
import type { Fields } from './message-splitter.js';
import type { Statement, Step } from './statement.js';

export interface CallOptions {
  /** Sent together and answered together, in one transaction of their own. */
  readonly steps: readonly Step[];
  readonly onRow: (fields: Fields) => void;
  readonly deadlineMs: number;
  /** Called once, however it ends. */
  readonly onEnd: (error?: Error) => void;
}

/** Gives a connection back to its pool, or has the pool destroy it. */
export type Release = (destroy?: boolean) => void;

/**
 * One round trip to the server: all steps, then `Sync`, which commits them. It ends with `ReadyForQuery`, that is, after the
 * commit; with the first error; or at its deadline, whatever it was waiting for. A connection that did not answer in time is
 * destroyed: what it was asked may still happen.
 */
export class Call implements Submittable {
  readonly #options: CallOptions;
  readonly #timer: NodeJS.Timeout;
  #release: Release | undefined;
  #connection: BinaryConnection | undefined;
  #newlyPrepared: Statement[] = [];
  #isOver = false;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#expire(), options.deadlineMs);
  }

  /** Given a connection, or the reason why there is none. */
  begin(error: Error | undefined, client: ClientBase | undefined, release: Release): void {
    if (this.#isOver) {
      if (client !== undefined) release();
    } else if (client === undefined) {
      this.#end(error ?? new Error('Connection terminated'));
    } else {
      this.#release = release;
      client.query(this);
    }
  }

  submit(connection: unknown): null {
    this.#connection = connection as BinaryConnection;
    const wire: Wire = this.#connection;
    const { steps } = this.#options;
    if (steps.every(({ statement }) => this.#connection!.prepared.has(statement.name))) {
      wire.stream.write(executionMessages(steps));
      return null;
    }
    // All of it in one packet, where it fits.
    wire.stream.cork();
    for (const step of steps) this.#prepareAndExecute(wire, step);
    wire.sync();
    wire.stream.uncork();
    return null;
  }

  handleDataRow({ fields }: { fields: Fields }): void {
    if (this.#isOver) return;
    try {
      this.#options.onRow(fields);
    } catch (error) {
      this.#end(error as Error);
    }
  }

  handleCommandComplete(): void {
    // Not the end: the commit follows.
  }

  handleEmptyQuery(): void {
    // As above.
  }

  handleReadyForQuery(): void {
    for (const { name } of this.#newlyPrepared) this.#connection?.prepared.add(name);
    this.#end();
  }

  handleError(error: Error | undefined): void {
    this.#end(error ?? new Error('Connection terminated'));
  }

  #prepareAndExecute(wire: Wire, { statement, values }: Step): void {
    this.#prepare(statement);
    wire.bind({ statement: statement.name, values, binary: true });
    wire.execute(null);
  }

  #prepare(statement: Statement): void {
    const { name, text, types } = statement;
    const connection = this.#connection!;
    if (name !== '') {
      if (connection.prepared.has(name)) return;
      // An earlier attempt that failed may have come as far as preparing it.
      connection.close({ type: 'S', name });
      this.#newlyPrepared.push(statement);
    }
    connection.parse({ name, text, types });
  }

  #expire(): void {
    const message =
      this.#release === undefined
        ? 'No connection to the server was free in time; nothing was sent'
        : 'The server did not answer in time; what it was asked may still happen';
    this.#end(new PandaError('ShardUnavailable', message));
  }

  #end(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#release?.(error !== undefined && endsConnection(error));
    this.#options.onEnd(error);
  }
}
