import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { HistoryError } from '../history-error.js';
import type { Operation } from '../operation.js';
import { parseEdn, type EdnValue } from './edn.js';
import { FormSplitter } from './forms.js';
import { operationFrom, type FieldReader } from './operation-form.js';

const PIECE_BYTES = 1 << 20;

/**
 * Reads the operations of a history from text in pieces: maps of EDN or objects of JSON, one after the other or in one vector.
 * Operations of processes that are no numbers (a nemesis) are left out.
 * @throws HistoryError `Unreadable`
 */
export function* parseHistory(pieces: Iterable<string>): Generator<Operation> {
  const reader = new HistoryReader();
  for (const piece of pieces) yield* reader.add(piece);
  yield* reader.finish();
}

/**
 * Reads a file as {@link parseHistory} does, holding no more of it in memory than a piece.
 * @throws HistoryError `Unreadable`
 */
export function* readHistoryFile(path: string): Generator<Operation> {
  yield* parseHistory(piecesOf(path));
}

/** Takes each line for a map of its own, which is fast, up to the first that is not; from there it looks for where maps end. */
class HistoryReader {
  #splitter: FormSplitter | undefined;
  #rest = '';
  #line = 1;

  *add(piece: string): Generator<Operation> {
    if (this.#splitter !== undefined) {
      yield* this.#split(piece);
      return;
    }
    const text = this.#rest + piece;
    let begin = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', begin)) {
      const operation = this.#tryLine(text.slice(begin, end));
      if (operation === 'not a map') {
        this.#splitter = new FormSplitter(this.#line);
        yield* this.#split(text.slice(begin));
        return;
      }
      if (operation !== undefined) yield operation;
      this.#line += 1;
      begin = end + 1;
    }
    this.#rest = text.slice(begin);
  }

  *finish(): Generator<Operation> {
    if (this.#splitter === undefined) {
      this.#splitter = new FormSplitter(this.#line);
      yield* this.#split(this.#rest);
    }
    this.#splitter.finish();
  }

  *#split(piece: string): Generator<Operation> {
    for (const { text, line } of this.#splitter!.add(piece)) {
      const operation = parseOperation(text, line);
      if (operation !== undefined) yield operation;
    }
  }

  #tryLine(line: string): Operation | undefined | 'not a map' {
    const text = line.trimEnd();
    if (text === '') return undefined;
    if (!text.startsWith('{') || !text.endsWith('}')) return 'not a map';
    let field: FieldReader;
    try {
      field = parseForm(text);
    } catch {
      return 'not a map';
    }
    return withLine(this.#line, () => operationFrom(field));
  }
}

function parseOperation(text: string, line: number): Operation | undefined {
  return withLine(line, () => operationFrom(parseForm(text)));
}

function parseForm(text: string): FieldReader {
  // Objects of JSON begin with a quoted name, which histories in EDN do not have.
  if (/^\{\s*["}]/.test(text)) {
    const object = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return (name) => object[name];
  }
  const map = parseEdn(text) as ReadonlyMap<EdnValue, EdnValue>;
  return (name) => map.get(`:${name}`);
}

function withLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HistoryError) && !(error instanceof SyntaxError)) throw error;
    const reason = error instanceof SyntaxError ? 'not JSON' : error.message;
    throw new HistoryError('Unreadable', `The operation that ends on line ${line}: ${reason}.`, { cause: error });
  }
}

function* piecesOf(path: string): Generator<string> {
  const file = withFile(path, () => openSync(path, 'r'));
  try {
    const decoder = new StringDecoder('utf8');
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (;;) {
      const length = withFile(path, () => readSync(file, buffer));
      if (length === 0) break;
      yield decoder.write(buffer.subarray(0, length));
    }
    yield decoder.end();
  } finally {
    closeSync(file);
  }
}

function withFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new HistoryError('Unreadable', `${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
