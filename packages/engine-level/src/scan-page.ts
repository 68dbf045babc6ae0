import { isEmptyRange, restAfter, type EngineScanOptions, type EngineScanPage, type KeyRange } from '@pandakv/core/engine';
import { ASCII_KEYS, NotAscii } from './ascii-keys.js';
import { copyBytes } from './bytes.js';
import { BYTES, type Access, type KeyEncoding } from './database.js';
import { boundsOf, CHUNK_ITEMS } from './iterate.js';

/**
 * classic-level ends a `nextv` once it has read more than the high-water mark. This much above the page's budget, one call
 * brings the page and a small entry behind it, which tells whether anything is left; after a larger entry it takes a
 * second call. More would read (and throw away) too much of pages of small entries.
 */
const BEYOND_BUDGET_BYTES = 512;

/** However large the budget: a chunk is held twice while it is turned into buffers. */
const HIGH_WATER_MARK_MAX_BYTES = 8 * 1024 * 1024;

/** Pages of fewer rows are read as bytes at once. */
const ASCII_ROWS_MIN = 64;

type Row = [key: Uint8Array, value: Uint8Array];

/**
 * One page of a range, read by one iterator, which is one snapshot. It ends with the entry that fills the limit or the byte
 * budget; it reads one entry further, so `rest` is missing exactly when nothing is left.
 */
export async function scanPage(access: Access, range: KeyRange, options: EngineScanOptions): Promise<EngineScanPage> {
  if (isEmptyRange(range)) return { entries: [] };
  const { asciiGuess } = access;
  if (asciiGuess === undefined || options.limit < ASCII_ROWS_MIN || !asciiGuess.isWorthTrying(range.start)) {
    return await readPage(access, range, options, BYTES.keyEncoding);
  }
  try {
    return await readPage(access, range, options, ASCII_KEYS);
  } catch (error) {
    if (!(error instanceof Error && error.cause instanceof NotAscii)) throw error;
    asciiGuess.wasWrong(range.start);
    return await readPage(access, range, options, BYTES.keyEncoding);
  }
}

async function readPage(
  access: Access,
  range: KeyRange,
  options: EngineScanOptions,
  keyEncoding: KeyEncoding,
): Promise<EngineScanPage> {
  const highWaterMark = Math.min(options.maxBytes + BEYOND_BUDGET_BYTES, HIGH_WATER_MARK_MAX_BYTES);
  const bounds = boundsOf(range, options.reverse, Math.floor(highWaterMark), keyEncoding);
  const iterator = access.database.iterator(bounds);
  const page = new Page(options);
  try {
    do page.take(await iterator.nextv(page.wanted));
    while (!page.ended);
  } finally {
    await iterator.close();
  }
  if (access.sharesBuffers) copyRows(page.rows);
  const { rows } = page;
  return page.isCut ? { entries: rows, rest: restAfter(rows[rows.length - 1]![0], range, options.reverse) } : { entries: rows };
}

/** Gathers chunks until the page is full. The usual page is one chunk, and that array itself. */
class Page {
  rows: Row[] = [];
  /** Nothing more is to be read: the page is cut, or the range is at its end. */
  ended = false;
  /** An entry lies beyond the page. */
  isCut = false;
  private bytes = 0;

  constructor(private readonly options: EngineScanOptions) {}

  /** How many to ask for: what the page may still take, and one beyond. */
  get wanted(): number {
    const { limit, maxBytes } = this.options;
    const isFull = this.rows.length > 0 && this.bytes >= maxBytes;
    return isFull ? 1 : Math.min(limit - this.rows.length + 1, CHUNK_ITEMS);
  }

  take(chunk: Row[]): void {
    const fitting = this.countFitting(chunk);
    this.isCut = fitting < chunk.length;
    this.ended = this.isCut || chunk.length === 0;
    chunk.length = fitting;
    if (this.rows.length === 0) this.rows = chunk;
    else for (const row of chunk) this.rows.push(row);
  }

  private countFitting(chunk: readonly Row[]): number {
    const { maxBytes } = this.options;
    const most = Math.min(chunk.length, this.options.limit - this.rows.length);
    let bytes = this.bytes;
    let count = 0;
    // The first entry of a page always fits.
    for (; count < most && (bytes < maxBytes || (count === 0 && this.rows.length === 0)); count++) {
      const row = chunk[count]!;
      bytes += row[0].length + row[1].length;
    }
    this.bytes = bytes;
    return count;
  }
}

function copyRows(rows: Row[]): void {
  for (const row of rows) {
    row[0] = copyBytes(row[0]);
    row[1] = copyBytes(row[1]);
  }
}
