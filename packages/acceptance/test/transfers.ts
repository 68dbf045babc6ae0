import { setTimeout } from 'node:timers/promises';
import { PandaError, prefix, type Database } from '@pandakv/core';
import { expect } from 'chai';

const BALANCE = 100;

/** Money that goes from account to account, over all shards of a database; what was acknowledged is remembered. */
export class Transfers {
  readonly #db: Database;
  readonly #prefixes: readonly string[];
  readonly #accounts: number;
  readonly #random: () => number;
  readonly #acknowledged = new Set<string>();
  readonly #onAcknowledged: (name: string) => void;
  #isStopped = false;
  #next = 0;

  /**
   * @param prefixes of keys, one that lies on each shard
   * @param onAcknowledged is told the name of each transfer as soon as it is acknowledged
   */
  constructor(
    db: Database,
    prefixes: readonly string[],
    accounts: number,
    random: () => number,
    onAcknowledged: (name: string) => void = () => undefined,
  ) {
    this.#db = db;
    this.#prefixes = prefixes;
    this.#accounts = accounts;
    this.#random = random;
    this.#onAcknowledged = onAcknowledged;
  }

  get acknowledged(): number {
    return this.#acknowledged.size;
  }

  /** Transfers that another process did on the same accounts. */
  claim(names: Iterable<string>): void {
    for (const name of names) this.#acknowledged.add(name);
  }

  async fill(): Promise<void> {
    const keys = Array.from({ length: this.#accounts }, (_, at) => this.#account(at));
    await this.#db.write(keys.map((key) => ({ type: 'set', key, value: String(BALANCE) }) as const));
  }

  /** Transfers, one after another, until {@link stop}. What is retryable is tried again: a server that is down comes back. */
  async run(runName = ''): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#transfer(`${runName}${this.#next++}`);
      } catch (error) {
        if (!PandaError.is(error)) throw error;
        if (!error.retryable && error.code !== 'CommitUnknown' && error.code !== 'DeadlineExceeded') throw error;
        await setTimeout(20);
      }
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async checkTotal(): Promise<void> {
    const balances = await this.#db.getMany(Array.from({ length: this.#accounts }, (_, at) => this.#account(at)));
    expect(balances.map(number).reduce((sum, balance) => sum + balance)).to.equal(this.#accounts * BALANCE);
  }

  /** The total is right, every transfer that is there is there whole, and everything acknowledged is there. */
  async checkAll(): Promise<void> {
    await this.checkTotal();
    const moved = new Array<number>(this.#accounts).fill(BALANCE);
    const found = new Set<string>();
    for (const each of this.#prefixes) {
      for await (const [key, value] of this.#db.scan(prefix(`${each}/transfer/`))) {
        const [from, to] = Buffer.from(value).toString().split(' ').map(Number) as [number, number];
        moved[from]!--;
        moved[to]!++;
        found.add(Buffer.from(key).toString().split('/')[2]!);
      }
    }
    const balances = await this.#db.getMany(Array.from({ length: this.#accounts }, (_, at) => this.#account(at)));
    expect(moved).to.deep.equal(balances.map(number));
    for (const name of this.#acknowledged) expect(found.has(name), `acknowledged transfer ${name}`).to.equal(true);
  }

  async #transfer(name: string): Promise<void> {
    const from = Math.floor(this.#random() * this.#accounts);
    const to = (from + 1 + Math.floor(this.#random() * (this.#accounts - 1))) % this.#accounts;
    await this.#db.transact(async (transaction) => {
      const [a, b] = await transaction.getMany([this.#account(from), this.#account(to)]);
      transaction.set(this.#account(from), String(number(a) - 1));
      transaction.set(this.#account(to), String(number(b) + 1));
      transaction.set(`${this.#prefixOf(from)}/transfer/${name}`, `${from} ${to}`);
    });
    this.#acknowledged.add(name);
    this.#onAcknowledged(name);
  }

  #account(at: number): string {
    return `${this.#prefixOf(at)}/account/${at}`;
  }

  #prefixOf(at: number): string {
    return this.#prefixes[at % this.#prefixes.length]!;
  }
}

function number(value: Uint8Array | undefined): number {
  return Number(Buffer.from(value!).toString());
}
