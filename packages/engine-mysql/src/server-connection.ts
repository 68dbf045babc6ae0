import { PandaError } from '@pandakv/core/engine';
import type { Connection, PrepareStatementInfo, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { Socket } from 'node:net';
import { RowTap, type PacketSink, type TakeRow } from './row-tap.js';

/** What the server answers to one statement: rows, or what it did. */
export type Answer = RowDataPacket[] | ResultSetHeader;

/** A value of a statement's parameter. */
export type Parameter = Buffer | number;

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
  readonly #rows: RowTap;
  readonly #prepared = new Map<string, PrepareStatementInfo>();
  #failure: unknown;
  #rejectCurrent: ((error: unknown) => void) | undefined;

  constructor(driver: Connection, socket: Socket, requestTimeoutMs: number) {
    this.#driver = driver;
    this.#socket = socket;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#rows = this.#tapRows();
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

  /** Whether a statement can be executed without being prepared first. */
  hasPrepared(sql: string): boolean {
    return this.#prepared.has(sql);
  }

  async prepare(sql: string, timeoutMs = this.#requestTimeoutMs): Promise<PrepareStatementInfo> {
    const statement = await this.#run<PrepareStatementInfo>((done) => this.#driver.prepare(sql, done), timeoutMs);
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** Runs a prepared statement (prepared with its first use) that brings no rows. */
  async execute(sql: string, values: readonly Parameter[]): Promise<ResultSetHeader> {
    const statement = this.#prepared.get(sql) ?? (await this.prepare(sql));
    return await this.#run<ResultSetHeader>((done) => statement.execute<ResultSetHeader>(values, done));
  }

  /**
   * Runs a prepared statement (prepared with its first use) and passes on its rows as they come.
   *
   * @param columns how many it selects
   * @param take answers false when it has seen too much: then the rest is not fetched, at the price of the connection.
   */
  async select(sql: string, values: readonly Parameter[], columns: number, take: TakeRow): Promise<void> {
    const statement = this.#prepared.get(sql) ?? (await this.prepare(sql));
    await this.#run<unknown>((done) => {
      this.#rows.open(columns, (fields) => {
        if (take(fields)) return true;
        done(null, undefined);
        this.break(new PandaError('ShardUnavailable', 'The connection was given up in the middle of a result'));
        return false;
      });
      statement.execute(values, done);
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

  /** Puts a tap before the parser of the driver. */
  #tapRows(): RowTap {
    const driver = this.#driver as unknown as { packetParser: PacketSink };
    const tap = new RowTap(driver.packetParser);
    driver.packetParser = {
      execute: (chunk) => {
        try {
          tap.execute(chunk);
        } catch (error) {
          this.break(error);
        }
      },
    };
    return tap;
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
