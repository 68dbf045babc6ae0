import { PandaError } from '@pandakv/core/engine';
import type { ASCII_KEYS, AsciiGuess } from './ascii-keys.js';
import type { LevelDatabase } from './options.js';

export type KeyEncoding = 'view' | typeof ASCII_KEYS;

/** Makes a call take and return bytes, whatever the database's own encodings are. */
export interface Encodings {
  readonly keyEncoding: KeyEncoding;
  readonly valueEncoding: 'view';
}

/** Bounds of an iterator. `highWaterMarkBytes` is classic-level's: about how many bytes one `nextv` reads at most. */
export interface Bounds {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly reverse?: boolean;
  readonly highWaterMarkBytes?: number;
}

export interface ByteIterator<Item> {
  /** At most `size` items; none at the end. */
  nextv(size: number): Promise<Item[]>;
  close(): Promise<void>;
}

export interface ByteBatch {
  put(key: Uint8Array, value: Uint8Array, encodings: Encodings | undefined): unknown;
  del(key: Uint8Array, encodings: Encodings | undefined): unknown;
  /** `sync` is for databases that know it; the others ignore it. */
  write(options: { readonly sync: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** What the engine uses of an abstract-level database, seen as bytes. */
export interface ByteDatabase {
  readonly supports: {
    readonly getSync?: boolean;
    readonly permanence: boolean;
    readonly implicitSnapshots: boolean;
    readonly additionalMethods: Readonly<Record<string, boolean>>;
  };
  open(): Promise<void>;
  once(event: 'closed', listener: () => void): unknown;
  get(key: Uint8Array, encodings: Encodings | undefined): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array, encodings: Encodings | undefined): Uint8Array | undefined;
  getMany(keys: readonly Uint8Array[], encodings: Encodings | undefined): Promise<(Uint8Array | undefined)[]>;
  batch(): ByteBatch;
  iterator(options: Bounds & Encodings): ByteIterator<[Uint8Array, Uint8Array]>;
  keys(options: Bounds & Encodings): ByteIterator<Uint8Array>;
  keyEncoding(): { readonly commonName: string };
  valueEncoding(): { readonly commonName: string };
  approximateSize?(start: Uint8Array, end: Uint8Array, encodings: Encodings | undefined): Promise<number>;
}

/** A database, and how to use it. */
export interface Access {
  readonly database: ByteDatabase;
  /** What to pass with a call: nothing where the database speaks bytes by itself, which is the cheaper way. */
  readonly encodings: Encodings | undefined;
  readonly getSync: boolean;
  readonly permanent: boolean;
  /** It keeps the very buffers that it is given, and hands them out again: they must be copied on both ways. */
  readonly sharesBuffers: boolean;
  readonly approximateSize: boolean;
  /** Where keys are read faster as text: whether they probably are. */
  readonly asciiGuess?: AsciiGuess;
}

export const BYTES = Object.freeze({ keyEncoding: 'view', valueEncoding: 'view' } as const) satisfies Encodings;

/** @throws PandaError `InvalidArgument` for a database whose iterators are no snapshots */
export function accessTo(given: LevelDatabase): Access {
  const database = given as unknown as ByteDatabase;
  const { supports } = database;
  if (!supports.implicitSnapshots) {
    throw new PandaError('InvalidArgument', 'The database must support implicit snapshots: a page is one consistent view');
  }
  const speaksBytes = [database.keyEncoding(), database.valueEncoding()].every(
    ({ commonName }) => commonName === 'view' || commonName === 'buffer',
  );
  return {
    database,
    encodings: speaksBytes ? undefined : BYTES,
    getSync: supports.getSync === true,
    permanent: supports.permanence,
    // What outlives the process has been written out as bytes; what does not may be the caller's own buffers.
    sharesBuffers: !supports.permanence,
    approximateSize: supports.additionalMethods['approximateSize'] === true,
  };
}
