import { PandaError } from '@pandakv/core';
import { Catalog } from '@pandakv/core/parts';
import { createShard, type Shard } from '@pandakv/core/shard';
import { SimulatedEngine } from '../engine/simulated-engine.js';
import type { Random } from '../kernel/random.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import type { Cluster, MemberEvents } from './member.js';
import { Node } from './node.js';
import type { World } from './world.js';

/** How often it is looked whether every shard is served. */
const LOOK_MS = 120;
/** How long a node may go on believing in a leader that was replaced. */
const RUMOUR_MS = 300;

export interface RangeOfShard {
  readonly id: string;
  readonly start: string;
  readonly end: string | undefined;
  readonly shard: string;
}

/** Several nodes, each of which leads some shards. Somebody outside of it sees to it that every shard has a leader. */
export class NodeCluster implements Cluster {
  readonly members: readonly Node[];
  readonly #world: World;
  readonly #random: Random;
  readonly #ranges: readonly RangeOfShard[];
  /** By shard the node that leads it. */
  readonly #placement = new Map<string, Node>();
  /** By shard who is about to lead it. */
  readonly #opening = new Map<string, Process>();
  #isHealed = true;

  constructor(world: World, count: number, ranges: readonly RangeOfShard[], events: MemberEvents) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#ranges = ranges;
    const catalog = new Catalog(ranges.map((range) => ({ ...range, epoch: 1 })));
    const byName = (name: string): Node => this.members.find((node) => node.name === name)!;
    this.members = Array.from({ length: count }, (_, at) => new Node(`n${at + 1}`, world, catalog, byName, events));
  }

  get isReady(): boolean {
    const up = this.members.every((node) => node.database !== undefined);
    return up && [...this.#world.servers.keys()].every((id) => this.#leaderOf(id) !== undefined);
  }

  /** Makes the empty stores shards of one database. */
  async createStores(): Promise<void> {
    const { scheduler, random, servers } = this.#world;
    const process = new Process('creator', scheduler, new NodeClock(scheduler), random.fork());
    for (const [id, server] of servers) {
      const engine = new SimulatedEngine(server, process, false);
      await createShard(engine, { database: 'simulation', shard: id, layout: this.#ranges });
    }
  }

  start(): void {
    for (const node of this.members) node.start();
    this.#look();
  }

  takeOver(shard: string): void {
    const others = this.members.filter((node) => node.process !== undefined && !node.leaders.has(shard));
    if (others.length === 0 || this.#isOpening(shard)) return;
    this.#world.counters.add('leader replaced while it lives');
    void this.#open(shard, this.#random.pick(others));
  }

  harm(): void {
    this.#isHealed = false;
  }

  heal(): void {
    this.#isHealed = true;
    for (const [shard, node] of this.#placement) for (const member of this.members) member.beliefs.set(shard, node.name);
  }

  #leaderOf(shard: string): Shard | undefined {
    return this.#placement.get(shard)?.leaders.get(shard);
  }

  #look(): void {
    for (const shard of this.#world.servers.keys()) {
      for (const node of this.members) this.#dismissStopped(shard, node);
      const candidates = this.members.filter((node) => node.process !== undefined);
      if (this.#leaderOf(shard) === undefined && !this.#isOpening(shard) && candidates.length > 0) {
        void this.#open(shard, this.#random.pick(candidates));
      }
    }
    this.#world.scheduler.schedule(LOOK_MS, { kind: 'timer', label: 'look', run: () => this.#look() });
  }

  /** A leader that has stopped answers nothing any more. */
  #dismissStopped(shard: string, node: Node): void {
    const leader = node.leaders.get(shard);
    if (leader === undefined) return;
    const range = this.#ranges.find((candidate) => candidate.shard === shard);
    if (range === undefined) return;
    try {
      void leader.read({ routes: [{ id: range.id, epoch: 1 }], keys: [], timestamp: 0 });
    } catch (error) {
      if (!PandaError.is(error) || error.code === 'Corruption') {
        this.#world.fail(`${node.name} stopped leading ${shard}: ${String((error as Error).stack)}`);
      }
      node.leaders.delete(shard);
    }
  }

  async #open(shard: string, node: Node): Promise<void> {
    const { process } = node;
    if (process === undefined) return;
    this.#opening.set(shard, process);
    const isLeading = await node.lead(shard);
    if (this.#opening.get(shard) === process) this.#opening.delete(shard);
    if (!isLeading) return;
    this.#world.counters.add('takeover');
    this.#placement.set(shard, node);
    for (const member of this.members) this.#tell(member, shard, node);
  }

  #isOpening(shard: string): boolean {
    return this.#opening.get(shard)?.isAlive === true;
  }

  #tell(member: Node, shard: string, leader: Node): void {
    const late = this.#isHealed || member === leader ? 0 : this.#random.between(0, RUMOUR_MS);
    this.#world.scheduler.schedule(late, {
      kind: 'timer',
      label: `${member.name} hears who leads ${shard}`,
      run: () => {
        const isOutdated = this.#isHealed && this.#placement.get(shard) !== leader;
        if (!isOutdated) member.beliefs.set(shard, leader.name);
      },
    });
  }
}
