/** One row of a result; `null` is SQL's. The buffers belong to whoever gets them. */
export type Fields = (Buffer | null)[];

/** Type and length, at the front of every message. The length counts itself. */
const HEADER_BYTES = 5;
const DATA_ROW = 'D'.charCodeAt(0);

/**
 * Splits what a server sends into rows, whose fields it reads as the bytes that they are, and all the rest. A message that
 * comes in many chunks is put together once, when its last chunk is there.
 */
export class MessageSplitter {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = 0;
  readonly #onRow: (fields: Fields) => void;
  readonly #onOthers: (messages: Buffer) => void;

  constructor(onRow: (fields: Fields) => void, onOthers: (messages: Buffer) => void) {
    this.#onRow = onRow;
    this.#onOthers = onOthers;
  }

  push(chunk: Buffer): void {
    if (this.#heldBytes === 0) {
      this.#split(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#neededBytes) return;
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#split(bytes);
  }

  #split(bytes: Buffer): void {
    const { length } = bytes;
    let begin = 0;
    let passedOn = 0;
    let neededBytes = HEADER_BYTES;
    while (begin + HEADER_BYTES <= length) {
      const messageBytes = 1 + bytes.readUInt32BE(begin + 1);
      const end = begin + messageBytes;
      if (end > length) {
        neededBytes = messageBytes;
        break;
      }
      if (bytes[begin] === DATA_ROW) {
        if (passedOn < begin) this.#onOthers(bytes.subarray(passedOn, begin));
        passedOn = end;
        this.#onRow(readFields(bytes, begin + HEADER_BYTES));
      }
      begin = end;
    }
    if (passedOn < begin) this.#onOthers(bytes.subarray(passedOn, begin));
    if (begin === length) return;
    this.#held.push(bytes.subarray(begin));
    this.#heldBytes = length - begin;
    this.#neededBytes = neededBytes;
  }
}

function readFields(bytes: Buffer, start: number): Fields {
  const fields = new Array<Buffer | null>(bytes.readUInt16BE(start));
  let offset = start + 2;
  for (let i = 0; i < fields.length; i++) {
    const length = bytes.readInt32BE(offset);
    offset += 4;
    if (length < 0) {
      fields[i] = null;
      continue;
    }
    // A copy: a slice would keep the whole chunk in memory as long as the caller keeps the value.
    const field = Buffer.allocUnsafe(length);
    bytes.copy(field, 0, offset, offset + length);
    fields[i] = field;
    offset += length;
  }
  return fields;
}
