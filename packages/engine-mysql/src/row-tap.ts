import { PandaError } from '@pandakv/core/engine';

/**
 * The columns of a row that were selected, as bytes that belong to whoever gets them. Not as Buffers: making one takes several times as
 * long, which is felt where a page has a thousand rows.
 */
export type Fields = Uint8Array[];

/** @returns false when it has seen too much: then no more rows are wanted */
export type TakeRow = (fields: Fields) => boolean;

/** What the driver's connection does with what the server sends. */
export interface PacketSink {
  execute(chunk: Buffer): void;
}

/** Length (3 bytes) and number of a packet. */
const HEADER_BYTES = 4;

/** First bytes of a packet's body. */
const ROW = 0x00;
const END = 0xfe;
const ERROR = 0xff;

/** Rows are copied in pieces of about this size: whoever keeps a value keeps no more in memory than its piece. */
const PIECE_BYTES = 16 * 1024;

/**
 * Stands before the driver and reads the rows of a prepared statement by itself; all other packets go the driver's way. The
 * driver makes an object, an event and a slice of the whole chunk of each row, which costs several times as much.
 */
export class RowTap implements PacketSink {
  readonly #driver: PacketSink;
  #take: TakeRow | undefined;
  #columns = 0;
  /** Nothing that still comes is wanted. */
  #isShut = false;
  /** Packets before the rows: how many columns there are, each of them, and an end. */
  #packetsBeforeRows = 0;
  #rowsTaken = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = 0;

  constructor(driver: PacketSink) {
    this.#driver = driver;
  }

  /**
   * The rows of the next answer go to `take`.
   *
   * @param columns how many there are, none of which is ever NULL
   */
  open(columns: number, take: TakeRow): void {
    this.#take = take;
    this.#columns = columns;
    this.#packetsBeforeRows = columns + 2;
    this.#rowsTaken = 0;
  }

  execute(chunk: Buffer): void {
    if (this.#isShut) return;
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
    let begin = 0;
    while (this.#take !== undefined && !this.#isShut && begin < bytes.length) {
      const rowsEnd = this.#packetsBeforeRows === 0 ? this.#takeRows(bytes, begin) : begin;
      if (rowsEnd > begin) {
        begin = rowsEnd;
        continue;
      }
      const end = endOfPacket(bytes, begin);
      if (end > bytes.length) {
        this.#hold(bytes.subarray(begin), end - begin);
        return;
      }
      this.#passOn(bytes.subarray(begin, end));
      begin = end;
    }
    if (!this.#isShut && begin < bytes.length) this.#driver.execute(begin === 0 ? bytes : bytes.subarray(begin));
  }

  #hold(bytes: Buffer, neededBytes: number): void {
    this.#held.push(bytes);
    this.#heldBytes = bytes.length;
    this.#neededBytes = neededBytes;
  }

  /** A packet that is no row. */
  #passOn(packet: Buffer): void {
    const kind = packet[HEADER_BYTES];
    if (this.#packetsBeforeRows > 0) {
      this.#packetsBeforeRows = kind === ERROR ? 0 : this.#packetsBeforeRows - 1;
      if (kind === ERROR) this.#take = undefined;
    } else {
      if (kind !== END && kind !== ERROR)
        throw new PandaError('ShardUnavailable', 'The server sent a row that nobody understands');
      this.#take = undefined;
    }
    // The driver counts packets, and knows nothing of those that were taken.
    packet[3] = (packet[3]! - this.#rowsTaken) & 0xff;
    this.#driver.execute(packet);
  }

  /** Takes the whole rows that the bytes begin with, and answers where they end. */
  #takeRows(bytes: Buffer, begin: number): number {
    let start = begin;
    while (!this.#isShut) {
      const limit = start + PIECE_BYTES;
      let end = start;
      while (end < limit) {
        const next = endOfPacket(bytes, end);
        if (next > bytes.length || bytes[end + HEADER_BYTES] !== ROW) break;
        end = next;
      }
      if (end === start) break;
      this.#takePiece(bytes, start, end);
      start = end;
    }
    return start;
  }

  #takePiece(bytes: Buffer, start: number, end: number): void {
    // Memory of its own, which begins with the piece.
    const piece = Buffer.allocUnsafeSlow(end - start);
    const memory = piece.buffer;
    bytes.copy(piece, 0, start, end);
    for (let row = 0; row < piece.length && !this.#isShut;) {
      const rowEnd = endOfPacket(piece, row);
      this.#rowsTaken++;
      this.#isShut = !this.#take!(fieldsOf(piece, memory, row + HEADER_BYTES, this.#columns));
      row = rowEnd;
    }
  }
}

/** Where the packet ends; beyond the bytes when it is not whole. */
function endOfPacket(bytes: Buffer, begin: number): number {
  // The kind of a packet is looked at as well.
  if (begin + HEADER_BYTES >= bytes.length) return bytes.length + 1;
  return begin + HEADER_BYTES + (bytes[begin]! | (bytes[begin + 1]! << 8) | (bytes[begin + 2]! << 16));
}

/** Fields behind the kind and one byte that tells which of them are NULL: a length each, then the bytes. */
function fieldsOf(bytes: Buffer, memory: ArrayBuffer, begin: number, columns: number): Fields {
  if (bytes[begin + 1] !== 0) throw new PandaError('Corruption', 'A row holds NULL, where none may be');
  // Of its full length: an array that grows takes several times the room.
  const fields = new Array<Uint8Array>(columns);
  let at = begin + 2;
  for (let column = 0; column < columns; column++) {
    const first = bytes[at]!;
    let length = first;
    at++;
    if (first > 250) {
      const lengthBytes = first - 250;
      // 0xfc, 0xfd: 2 and 3 bytes; 0xfb is NULL, 0xfe a length that no value has.
      if (lengthBytes < 2 || lengthBytes > 3)
        throw new PandaError('ShardUnavailable', 'The server sent a row that nobody understands');
      length = bytes.readUIntLE(at, lengthBytes);
      at += lengthBytes;
    }
    fields[column] = new Uint8Array(memory, at, length);
    at += length;
  }
  return fields;
}
