import { PandaError } from '@pandakv/core/engine';

const BYTES = 12;
/** Of these, what a commit writes; the rest is the order within the transaction. */
export const STAMP_BYTES = 10;
const ORDER_MAX = 0xffff;
/** In the place of a stamp that is not known yet. No commit has it. */
const UNKNOWN = Buffer.alloc(STAMP_BYTES, 0xff);

/**
 * A 96-bit versionstamp as an element of a tuple: 10 bytes that a commit determines and that grow from commit to commit, and 2 that order
 * what one transaction writes. It is incomplete until the commit: then its stamp is all 0xff, and {@link packIncomplete} tells where in
 * the key it belongs.
 */
export class Versionstamp {
  readonly #bytes: Buffer;

  /** From its 12 bytes, which are copied. */
  constructor(bytes: Uint8Array) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('A Versionstamp is made from a Uint8Array');
    if (bytes.length !== BYTES) throw new PandaError('InvalidArgument', `A versionstamp has ${BYTES} bytes, not ${bytes.length}`);
    this.#bytes = Buffer.from(bytes);
  }

  /** One whose stamp only the commit will tell. `order`, 0 to 65,535, is the order within the transaction. */
  static incomplete(order = 0): Versionstamp {
    return Versionstamp.of(UNKNOWN, order);
  }

  /** The versionstamp of a commit's 10 bytes. */
  static of(stamp: Uint8Array, order = 0): Versionstamp {
    if (!Number.isInteger(order) || order < 0 || order > ORDER_MAX) {
      throw new PandaError('InvalidArgument', `The order within a transaction is an integer from 0 to ${ORDER_MAX}`);
    }
    return new Versionstamp(Buffer.concat([stamp, Buffer.from([order >>> 8, order & 0xff])]));
  }

  get isComplete(): boolean {
    return UNKNOWN.compare(this.#bytes, 0, STAMP_BYTES) !== 0;
  }

  /** The order within the transaction. */
  get order(): number {
    return this.#bytes.readUInt16BE(STAMP_BYTES);
  }

  /** A copy of its 12 bytes. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }

  toString(): string {
    return this.#bytes.toString('hex');
  }

  toJSON(): string {
    return this.toString();
  }
}
