import { asBuffer, copyBytes } from './bytes.js';
import type { ConnectionPool } from './connection-pool.js';
import type { ServerConnection } from './server-connection.js';

/** How many keys a statement asks for: a few sizes, so that few statements are prepared. The rest of a list repeats a key. */
const SIZES = [1, 4, 16, 64, 256] as const;
const SIZE_MAX = 256;

/** Values of single keys: one statement for up to 256 keys, and one more for each 256 beyond. */
export class ValueGetter {
  readonly #pool: ConnectionPool;
  readonly #oneSql: string;
  readonly #manySql: ReadonlyMap<number, string>;

  constructor(pool: ConnectionPool, table: string) {
    this.#pool = pool;
    this.#oneSql = `SELECT v FROM \`${table}\` WHERE k = ?`;
    this.#manySql = new Map(
      SIZES.map((size) => {
        const list = new Array<string>(size).fill('?').join(',');
        return [size, `SELECT k, v FROM \`${table}\` FORCE INDEX (PRIMARY) WHERE k IN (${list})`];
      }),
    );
  }

  get(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return this.#pool.use((connection) =>
      keys.length === 1 ? this.#getOne(connection, keys[0]!) : this.#getMany(connection, keys),
    );
  }

  async #getOne(connection: ServerConnection, key: Uint8Array): Promise<readonly (Uint8Array | undefined)[]> {
    let value: Uint8Array | undefined;
    await connection.select(this.#oneSql, [asBuffer(key)], 1, ([v]) => {
      value = v;
      return true;
    });
    return [value];
  }

  async #getMany(connection: ServerConnection, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    const values = new Map<string, Uint8Array>();
    for (let start = 0; start < keys.length; start += SIZE_MAX) {
      const chunk = keys.slice(start, start + SIZE_MAX).map(asBuffer);
      const size = SIZES.find((each) => each >= chunk.length)!;
      while (chunk.length < size) chunk.push(chunk[0]!);
      await connection.select(this.#manySql.get(size)!, chunk, 2, ([k, v]) => {
        values.set(asBuffer(k!).toString('latin1'), v!);
        return true;
      });
    }
    return keys.map((key) => {
      // The same key may be asked twice, and each answer belongs to the caller.
      const value = values.get(asBuffer(key).toString('latin1'));
      return value && copyBytes(value);
    });
  }
}
