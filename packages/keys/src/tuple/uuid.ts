import { PandaError } from '@pandakv/core/engine';

const BYTES = 16;
const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID (RFC 9562) as an element of a tuple: 16 bytes, in the order of its text. */
export class Uuid {
  readonly #bytes: Buffer;

  /** From its text, or from 16 bytes, which are copied. Fails with `InvalidArgument` if it is neither. */
  constructor(uuid: string | Uint8Array) {
    const isText = typeof uuid === 'string';
    if (!isText && !(uuid instanceof Uint8Array)) throw new TypeError('A Uuid is made from a string or a Uint8Array');
    if (isText ? !TEXT.test(uuid) : uuid.length !== BYTES) {
      throw new PandaError('InvalidArgument', 'A UUID has 16 bytes, or 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12');
    }
    this.#bytes = isText ? Buffer.from(uuid.replaceAll('-', ''), 'hex') : Buffer.from(uuid);
  }

  /** A copy of its 16 bytes. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }

  /** In lower case. */
  toString(): string {
    const hex = this.#bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  toJSON(): string {
    return this.toString();
  }
}
