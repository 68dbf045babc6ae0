import { PandaError } from '@pandakv/core/engine';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { Socket } from 'node:net';

/** What the server answers to one statement: rows, or what it did. */
export type Answer = RowDataPacket[] | ResultSetHeader;

/** A row of the store, with the columns that were selected. */
export interface StoredRow {
  readonly k: Buffer;
  readonly v: Buffer;
}

type Done<T> = (error: unknown, result: T) => void;

/**
 * A connection to the server, for one statement (or one query of several) at a time, each with a deadline. When something is
 * wrong with it, it is broken for good.
 */
export class ServerConnection {
  /** The greatest packet that the server takes, in bytes. */
  packetBytesMax = 0;
  /** How many statements of the last {@link query}, not counting those that bring rows, have succeeded. */
  statementsDone = 0;
  /** Called once, when the connection breaks. */
  onBroken: (() => void) | undefined;

  // Private to the runtime too: the driver's connection holds the password, which nobody is to see in a log.
  readonly #driver: Connection;
  readonly #socket: Socket;
  readonly #requestTimeoutMs: number;
  #failure: unknown;
  #rejectCurrent: ((error: unknown) => void) | undefined;

  constructor(driver: Connection, socket: Socket, requestTimeoutMs: number) {
    this.#driver = driver;
    this.#socket = socket;
    this.#requestTimeoutMs = requestTimeoutMs;
    driver.on('error', (error) => this.break(error));
    socket.on('close', () => this.break(new PandaError('ShardUnavailable', 'The server closed the connection')));
  }

  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves when the server has let the user in. */
  shakeHands(timeoutMs: number): Promise<void> {
    return this.#run((done) => this.#driver.connect((error) => done(error, undefined)), timeoutMs);
  }

  /**
   * Sends statements, separated by semicolons, as text. The server stops at the first that fails.
   *
   * @param statements how many there are
   */
  async query(sql: string, statements: number): Promise<readonly Answer[]> {
    this.statementsDone = 0;
    const answer = await this.#run<Answer | Answer[]>((done) => {
      this.#driver.query<RowDataPacket[]>(sql, done).on('result', () => this.statementsDone++);
    });
    const answers = statements === 1 ? [answer as Answer] : (answer as Answer[]);
    if (answers.length === statements) return answers;
    throw new PandaError('ShardUnavailable', 'The server did not answer all statements of a query');
  }

  /**
   * Runs a prepared statement (prepared with its first use) and passes on its rows as they come.
   *
   * @param take answers false when it has seen too much: then the rest is not fetched, at the price of the connection.
   */
  select(sql: string, values: (Buffer | number)[], take: (row: StoredRow) => boolean): Promise<void> {
    return this.#run<void>((done) => {
      let wantsMore = true;
      const command = this.#driver.execute(sql, values);
      command.on('error', (error) => done(error, undefined));
      command.on('end', () => done(null, undefined));
      command.on('result', (row) => {
        if (!wantsMore) return;
        wantsMore = take(row as StoredRow);
        if (wantsMore) return;
        done(null, undefined);
        this.break(new PandaError('ShardUnavailable', 'The connection was given up in the middle of a result'));
      });
    });
  }

  /** Ends the connection at once: an answer still under way is lost. */
  break(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#driver.destroy();
    this.#socket.destroy();
    this.#rejectCurrent?.(error);
    this.onBroken?.();
  }

  /** Says goodbye; does not wait long for a server that does not hear. */
  async close(timeoutMs: number): Promise<void> {
    if (this.isBroken) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    const timer = setTimeout(() => this.#socket.destroy(), timeoutMs);
    this.#driver.end();
    await closed;
    clearTimeout(timer);
  }

  #run<T>(start: (done: Done<T>) => void, timeoutMs = this.#requestTimeoutMs): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.isBroken) {
        reject(this.#failure);
        return;
      }
      const timer = setTimeout(
        () => this.break(new PandaError('ShardUnavailable', 'The server did not answer in time')),
        timeoutMs,
      );
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        this.#rejectCurrent = undefined;
        reject(withoutSql(error));
      };
      this.#rejectCurrent = fail;
      start((error, result) => {
        if (this.#rejectCurrent !== fail) return;
        if (error !== null && error !== undefined) {
          fail(error);
          return;
        }
        clearTimeout(timer);
        this.#rejectCurrent = undefined;
        resolve(result);
      });
    });
  }
}

/** The driver notes the statement, and so users' values, in its errors. */
function withoutSql(error: unknown): unknown {
  if (error instanceof Error && 'sql' in error) delete error.sql;
  return error;
}
