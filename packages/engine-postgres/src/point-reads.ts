import { asBuffer } from './bytes.js';
import { decodeInt8, encodeByteaArray, TYPE } from './binary-values.js';
import type { Connections } from './connections.js';
import type { Statement } from './statement.js';

export type Values = readonly (Uint8Array | undefined)[];

/** Exact look-ups of keys, in one round trip for any number of them. */
export class PointReads {
  readonly #connections: Connections;
  readonly #one: Statement;
  readonly #many: Statement;

  constructor(connections: Connections, table: string) {
    this.#connections = connections;
    this.#one = { name: 'get-one', text: `SELECT v FROM ${table} WHERE k = $1`, types: [TYPE.bytea] };
    // Numbered, so that neither keys come back nor anything need be looked up by key here.
    const text = `SELECT asked.i, t.v FROM unnest($1) WITH ORDINALITY AS asked (k, i) JOIN ${table} AS t ON t.k = asked.k`;
    this.#many = { name: 'get-many', text, types: [TYPE.byteaArray] };
  }

  async get(keys: readonly Uint8Array[]): Promise<Values> {
    if (keys.length === 1) return [await this.#getOne(keys[0]!)];
    if (keys.length === 0) return [];
    const values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    await this.#connections.run([{ statement: this.#many, values: [encodeByteaArray(keys)] }], ([i, value]) => {
      values[decodeInt8(i!) - 1] = value!;
    });
    return values;
  }

  async #getOne(key: Uint8Array): Promise<Uint8Array | undefined> {
    let found: Uint8Array | undefined;
    await this.#connections.run([{ statement: this.#one, values: [asBuffer(key)] }], ([value]) => {
      found = value!;
    });
    return found;
  }
}
