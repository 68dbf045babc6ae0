import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { ChangeSet, Database, Timestamp } from '@pandakv/core';
import { text } from './databases.js';

/** What a feed has told, laid over each other. */
export class Mirror {
  readonly state = new Map<string, string>();
  readonly seen = new Set<string>();
  last: Timestamp;

  constructor(since: Timestamp) {
    this.last = since;
  }

  add({ timestamp, transactions }: ChangeSet): void {
    expect(timestamp).to.be.greaterThan(this.last);
    this.last = timestamp;
    for (const { id, changes } of transactions) {
      expect(this.seen.has(id), `${id} is told once`).to.equal(false);
      this.seen.add(id);
      for (const { key, value } of changes) {
        if (value === undefined) this.state.delete(text(key)!);
        else this.state.set(text(key)!, text(value)!);
      }
    }
  }

  /** As `key=value`, by key. */
  listed(): string[] {
    return [...this.state].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
  }

  /** Follows until a timestamp; a consumer that takes its time now and then. */
  async follow(db: Database, to: () => Timestamp, stopAfter: number, random: () => number): Promise<void> {
    let taken = 0;
    for await (const entry of db.changes({ since: this.last })) {
      this.add(entry);
      if (random() < 0.05) await setTimeout(5);
      if (entry.timestamp >= to() || ++taken >= stopAfter) return;
    }
  }
}
