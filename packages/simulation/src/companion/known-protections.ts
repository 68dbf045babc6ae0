import type { Timestamp } from '@pandakv/core';

export interface KnownProtection {
  readonly name: string;
  readonly timestamp: Timestamp;
  /** Before the clock has come here it has not expired. */
  readonly until: Timestamp;
}

/** Changes of one name that are under way. */
interface Changes {
  count: number;
  /** Some were under way at once: which of them came last is not known. */
  isMixed: boolean;
}

/** Which timestamps are protected for sure, by what a process was told. */
export class KnownProtections {
  readonly #standing = new Map<string, KnownProtection>();
  #changing = new Map<string, Changes>();

  get all(): readonly KnownProtection[] {
    return [...this.#standing.values()];
  }

  /** Whether it was not changed since. */
  stands(protection: KnownProtection): boolean {
    return this.#standing.get(protection.name) === protection;
  }

  /** Another process has begun: what the one before it had under way is decided. */
  beginLife(): void {
    this.#changing = new Map();
  }

  /** Changes a name, by work that answers whether it was done: then `protection` stands, or nothing does. */
  async change(name: string, protection: KnownProtection | undefined, work: () => Promise<boolean>): Promise<void> {
    const changing = this.#changing;
    const changes = changing.get(name) ?? { count: 0, isMixed: false };
    changing.set(name, changes);
    changes.isMixed = ++changes.count > 1 || changes.isMixed;
    this.#standing.delete(name);
    const isDone = await work();
    if (isDone && !changes.isMixed && protection !== undefined) this.#standing.set(name, protection);
    if (--changes.count === 0) changing.delete(name);
  }
}
