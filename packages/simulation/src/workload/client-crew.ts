import type { Cluster, Member } from '../cluster/member.js';
import type { World } from '../cluster/world.js';
import type { Limits } from '../limits.js';
import type { Process } from '../machine/process.js';
import { Client } from './client.js';
import type { History } from './history.js';
import type { Operation } from './operation.js';
import type { Workload } from './workload.js';

const CLIENTS = 6;
const OPERATIONS_OF_CLIENT = 25;
const PAUSES_MS = [5, 100, 400];

/** The clients of all members. One whose process dies goes on, with what is left for it, in the next one. */
export class ClientCrew {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #workload: Workload;
  readonly #history: History;
  /** Transactions whose outcome their clients did not learn. */
  readonly #open: Operation[] = [];
  /** By client how many operations it has still to do. */
  readonly #left = new Map<string, number>();
  /** By client in which process it works. */
  readonly #working = new Map<string, Process>();
  #isOpen = false;
  #sessions = 0;

  constructor(world: World, cluster: Cluster, workload: Workload, history: History, limits: Limits = {}) {
    this.#world = world;
    this.#cluster = cluster;
    this.#workload = workload;
    this.#history = history;
    const { clients = CLIENTS, operations = OPERATIONS_OF_CLIENT } = limits;
    for (let at = 1; at <= CLIENTS; at++) this.#left.set(`c${at}`, at <= clients ? operations : 0);
  }

  get isFinished(): boolean {
    for (const left of this.#left.values()) if (left > 0) return false;
    for (const process of this.#working.values()) if (process.isAlive) return false;
    return true;
  }

  /** From now on clients work wherever a member is up. */
  open(): void {
    this.#isOpen = true;
    for (const member of this.#cluster.members) if (member.database !== undefined) this.start(member);
  }

  /** The clients of a member begin, or go on. */
  start(member: Member): void {
    if (!this.#isOpen) return;
    this.#sessions++;
    for (let number = 1; number <= CLIENTS; number++) {
      if (this.memberOf(number) !== member) continue;
      void this.#run(this.newClient(`c${number}`, member), member.process!);
    }
  }

  /** Where a client works, by its number. */
  memberOf(number: number): Member {
    const { members } = this.#cluster;
    return members[number % members.length]!;
  }

  newClient(name: string, member: Member): Client {
    return new Client({
      name,
      session: `${member.name}#${this.#sessions}`,
      database: member.database!,
      process: member.process!,
      random: this.#world.random.fork(),
      history: this.#history,
      counters: this.#world.counters,
      fail: (what) => this.#world.fail(what),
      open: this.#open,
    });
  }

  async #run(client: Client, process: Process): Promise<void> {
    this.#abandon(client.name);
    this.#working.set(client.name, process);
    if (client.random.chance(0.5)) await client.runAgain();
    while ((this.#left.get(client.name) ?? 0) > 0) {
      this.#left.set(client.name, this.#left.get(client.name)! - 1);
      try {
        await this.#workload.step(client);
        if (client.random.chance(0.2)) await client.settle();
      } catch (error) {
        this.#world.fail(`${client.name}: ${String((error as Error).stack)}`);
      }
      await client.sleep(client.random.between(0, client.random.pick(PAUSES_MS)));
    }
    this.#working.delete(client.name);
  }

  /** What a client was doing when its process died stays unknown to it; who comes after it may ask. */
  #abandon(client: string): void {
    for (const operation of this.#history.operations) {
      if (operation.client !== client || operation.status !== 'running') continue;
      operation.status = 'unknown';
      this.#open.push(operation);
    }
  }
}
