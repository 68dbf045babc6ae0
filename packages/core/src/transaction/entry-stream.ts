import type { Entry } from '../engine/index.js';
import type { Page } from './reader.js';

/** The entries of a scan, in the order of their keys, or in reverse: one by one, or all that are left at once. */
export interface Entries extends AsyncGenerator<Entry, void, undefined> {
  /** Those that are left, in an array. For what fits in memory: there is less to wait for than one by one. */
  toArray(): Promise<Entry[]>;
}

type EntryPage = Pick<Page, 'entries'>;

/** What a scan is to yield. */
export interface Scan {
  readonly pages: AsyncGenerator<EntryPage, void, undefined>;
  /** The most entries. */
  readonly limit: number;
  /** Throws when the scan must end. Called before each page but the first. */
  readonly check: () => void;
}

const NONE: readonly Entry[] = [];
type Result = IteratorResult<Entry, void>;

/**
 * The entries of a scan, one by one. An async generator takes three microtasks for each; this takes one, for as long as the page
 * lasts.
 */
export class EntryStream implements Entries {
  readonly #open: () => Scan;
  #scan: Scan | undefined;
  #entries = NONE;
  #at = 0;
  #left = Infinity;
  #isDone = false;
  /** The last call that waits for something; those after it wait for their turn. */
  #last: Promise<Result> | undefined;

  /** @param open called when the first entry is asked for. */
  constructor(open: () => Scan) {
    this.#open = open;
  }

  /** How many entries more it may yield. */
  get left(): number {
    return this.#left;
  }

  next(): Promise<Result> {
    if (this.#last === undefined && this.#at < this.#entries.length) return Promise.resolve(this.#take());
    return this.#inTurn(() => this.#advance());
  }

  async toArray(): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let next = await this.next(); next.done !== true; next = await this.next()) {
      all.push(next.value);
      while (this.#at < this.#entries.length) all.push(this.#takeValue());
    }
    return all;
  }

  return(): Promise<Result> {
    return this.#inTurn(() => this.#end());
  }

  async throw(error: unknown): Promise<Result> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #inTurn(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last === undefined ? work() : this.#last.then(work, work);
    const leave = (): void => {
      if (this.#last === result) this.#last = undefined;
    };
    this.#last = result;
    result.then(leave, leave);
    return result;
  }

  #take(): Result {
    return { done: false, value: this.#takeValue() };
  }

  #takeValue(): Entry {
    const value = this.#entries[this.#at++]!;
    if (--this.#left === 0) {
      this.#isDone = true;
      this.#entries = NONE;
    }
    return value;
  }

  async #advance(): Promise<Result> {
    try {
      while (this.#at >= this.#entries.length) {
        if (this.#isDone) return { done: true, value: undefined };
        await this.#turnPage();
      }
      return this.#take();
    } catch (error) {
      this.#isDone = true;
      throw error;
    }
  }

  async #turnPage(): Promise<void> {
    if (this.#scan === undefined) {
      this.#scan = this.#open();
      this.#left = this.#scan.limit;
    } else {
      this.#scan.check();
    }
    const page: IteratorResult<EntryPage, void> = await this.#scan.pages.next();
    this.#isDone = page.done === true;
    this.#entries = page.done === true ? NONE : page.value.entries;
    this.#at = 0;
  }

  async #end(): Promise<Result> {
    this.#isDone = true;
    this.#entries = NONE;
    await this.#scan?.pages.return();
    return { done: true, value: undefined };
  }
}
