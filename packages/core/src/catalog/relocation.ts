import type { Environment } from '../clock/index.js';
import { GuardMismatch, type Engine, type EngineScanPage, type KeyRange, type WriteBatch } from '../engine/index.js';
import { invariant, PandaError } from '../errors/index.js';
import {
  decodeGuardRow,
  decodeRelocationRow,
  encodeGuardRow,
  encodeIdentityRow,
  encodeRelocationRow,
  GUARD_ROW_KEY,
  IDENTITY_ROW_KEY,
  RELOCATION_ROW_KEY,
  rowKeyBytes,
  type RelocationRow,
} from '../rows/index.js';
import { systemEngine } from './system-engine.js';
import { systemIdentity } from './system-shard.js';

const GUARD_KEY = rowKeyBytes(GUARD_ROW_KEY);
const IDENTITY_KEY = rowKeyBytes(IDENTITY_ROW_KEY);
const RELOCATION_KEY = rowKeyBytes(RELOCATION_ROW_KEY);
/** Everything but the relocation row. */
const ALL_ELSE: readonly KeyRange[] = [
  { start: new Uint8Array(0), end: RELOCATION_KEY },
  { start: Buffer.concat([RELOCATION_KEY, Buffer.from([0])]), end: undefined },
];
const PAGE = { limit: 1_024, maxBytes: 1024 * 1024 };
const COPIERS = 2 ** 48;

/** An end of a change of the system shard's place. */
export interface RelocationEnd {
  /** Id of the shard in whose engine it is. */
  readonly host: string;
  /** That engine. */
  readonly engine: Engine;
}

/**
 * A change of the system shard's place (docs/protocol/ranges.md). Each step can be run again, and by two at once: whoever is late finds
 * that another has gone on, and nothing that it still writes is taken.
 */
export class Relocation {
  readonly #database: string;
  readonly #from: RelocationEnd;
  readonly #to: RelocationEnd;
  readonly #number: number;
  readonly #copier: string;

  constructor(environment: Environment, database: string, from: RelocationEnd, to: RelocationEnd, number: number) {
    this.#database = database;
    this.#from = from;
    this.#to = to;
    this.#number = number;
    this.#copier = Math.floor(environment.random() * COPIERS).toString(36);
  }

  /** Takes the new place. Until the old one is {@link freeze frozen}, that means nothing. */
  async claim(): Promise<void> {
    const system = systemEngine(this.#to.engine);
    const [held] = await system.get([RELOCATION_KEY]);
    const before = held && decodeRelocationRow(held);
    if (this.#isDone(before)) return;
    // What lies there may be the only copy, if a later change has already begun.
    const isLate =
      before !== undefined && (before.number > this.#number || (before.number === this.#number && before.state === 'gone'));
    if (isLate) throw lost(this.#to.host);
    await this.#guarded(system, held, this.#coming, { deleteRanges: ALL_ELSE });
  }

  /** From now on nobody leads the system shard in the old place. @param epoch of the leader that has just ended */
  async freeze(epoch: number): Promise<void> {
    const system = systemEngine(this.#from.engine);
    const gone = this.#row('gone', this.#to.host, '');
    const [held] = await system.get([GUARD_KEY]);
    invariant(held !== undefined, 'a place of the system shard has a guard', { shard: this.#from.host });
    const guard = decodeGuardRow(held);
    if (guard.epoch !== epoch) throw lost(this.#from.host);
    const next = encodeGuardRow({ ...guard, epoch: epoch + 1 });
    try {
      await system.write({ guard: { key: GUARD_KEY, expected: held, next }, puts: [[RELOCATION_KEY, gone]] });
    } catch (error) {
      if (GuardMismatch.is(error)) throw lost(this.#from.host);
      const [now] = await system.get([RELOCATION_KEY]);
      if (now === undefined || Buffer.compare(now, gone) !== 0) throw error;
    }
  }

  /** Brings all of the frozen place to the new one, which holds the system shard from then on. */
  async copy(): Promise<void> {
    await this.claim();
    const from = systemEngine(this.#from.engine);
    const to = systemEngine(this.#to.engine);
    const [held] = await to.get([RELOCATION_KEY]);
    if (this.#isDone(held && decodeRelocationRow(held))) return;
    for (const part of ALL_ELSE) {
      let range: KeyRange | undefined = part;
      while (range !== undefined) {
        const page: EngineScanPage = await from.scan(range, PAGE);
        const puts = page.entries.filter(([key]) => Buffer.compare(key, IDENTITY_KEY) !== 0);
        await this.#guarded(to, this.#coming, this.#coming, { puts });
        range = page.rest;
      }
    }
    const here = this.#row('here', this.#from.host, this.#copier);
    const identity = encodeIdentityRow(systemIdentity(this.#database, this.#to.host));
    await this.#guarded(to, this.#coming, here, { puts: [[IDENTITY_KEY, identity]] });
  }

  get #coming(): Uint8Array {
    return this.#row('coming', this.#from.host, this.#copier);
  }

  #row(state: RelocationRow['state'], other: string, copier: string): Uint8Array {
    return encodeRelocationRow({ state, number: this.#number, other, copier });
  }

  #isDone(row: RelocationRow | undefined): boolean {
    return row?.state === 'here' && row.number >= this.#number;
  }

  async #guarded(
    system: Engine,
    expected: Uint8Array | undefined,
    next: Uint8Array,
    batch: Omit<WriteBatch, 'guard'>,
  ): Promise<void> {
    await writeGuarded(system, this.#to.host, { ...batch, guard: { key: RELOCATION_KEY, expected, next } });
  }
}

/** Removes what is left in a place from which the system shard has gone, but the row that says where to. Only once it is there. */
export async function clearOldPlace({ host, engine }: RelocationEnd): Promise<void> {
  const system = systemEngine(engine);
  const [gone] = await system.get([RELOCATION_KEY]);
  if (gone === undefined || decodeRelocationRow(gone).state !== 'gone') return;
  for (const range of ALL_ELSE) {
    for (;;) {
      const { entries } = await system.scan(range, PAGE);
      if (entries.length === 0) break;
      const guard = { key: RELOCATION_KEY, expected: gone, next: gone };
      await writeGuarded(system, host, { guard, deletes: entries.map(([key]) => key) });
    }
  }
}

/** A write that is not taken any more once somebody else has claimed the place. */
async function writeGuarded(system: Engine, host: string, batch: WriteBatch): Promise<void> {
  try {
    await system.write(batch);
  } catch (error) {
    if (GuardMismatch.is(error)) throw lost(host);
    throw error;
  }
}

function lost(shard: string): PandaError {
  return new PandaError('LeadershipLost', 'Another process changes the place of the catalog', { shard });
}
