import {
  Database,
  Coordinator,
  HybridClock,
  Router,
  ShardDirectory,
  Statistics,
  SteadyEnvironment,
  type Catalog,
} from '@pandakv/core/parts';
import { PandaError, type Environment } from '@pandakv/core';
import { openLeader, type Shard } from '@pandakv/core/shard';
import { SimulatedEngine } from '../engine/simulated-engine.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import { copyPlainData } from '../network/plain-data.js';
import { perform, RemoteShard, type ShardCall, type Transport } from '../network/remote-shard.js';
import { decodeError, encodeError, type WireError } from '../network/wire-error.js';
import { fenced } from './fenced-leader.js';
import type { Member, MemberEvents } from './member.js';
import type { World } from './world.js';

type Answer = { readonly value: unknown } | { readonly error: WireError };

/** One machine: leads some shards, and has a database over all of them for its own clients. */
export class Node implements Member {
  readonly name: string;
  readonly clock: NodeClock;
  /** The shards that this node leads, or believes to lead. */
  readonly leaders = new Map<string, Shard>();
  /** By shard the node that this one believes to lead it. */
  readonly beliefs = new Map<string, string>();
  readonly #world: World;
  readonly #catalog: Catalog;
  readonly #peers: (name: string) => Node;
  readonly #events: MemberEvents;
  #process: Process | undefined;
  #environment: Environment | undefined;
  #database: Database | undefined;
  #stubs = new Map<string, Shard>();
  /** The same leaders, as callers get them. */
  readonly #served = new Map<string, Shard>();

  constructor(name: string, world: World, catalog: Catalog, peers: (name: string) => Node, events: MemberEvents) {
    this.name = name;
    this.#world = world;
    this.#catalog = catalog;
    this.#peers = peers;
    this.#events = events;
    this.clock = new NodeClock(world.scheduler);
  }

  get process(): Process | undefined {
    return this.#process;
  }

  get database(): Database | undefined {
    return this.#database;
  }

  start(): void {
    if (this.#process !== undefined) return;
    const { scheduler, random, servers, settings } = this.#world;
    const process = new Process(this.name, scheduler, this.clock, random.fork());
    const environment = new SteadyEnvironment(process.environment);
    const directory = new ShardDirectory();
    const transport = this.#transport(process);
    this.#stubs = new Map([...servers.keys()].map((id) => [id, this.#stub(id, transport)]));
    for (const stub of this.#stubs.values()) directory.add(stub);
    const router = new Router(this.#catalog, (id) => directory.get(id));
    const clock = new HybridClock(environment, settings.maxClockOffsetMs);
    const statistics = new Statistics();
    const coordinator = new Coordinator({ environment, clock, router, statistics });
    this.#process = process;
    this.#environment = environment;
    this.#database = new Database({ environment, clock, router, coordinator, shards: directory, statistics });
    this.#events.up(this, this.#database, process);
  }

  kill(): void {
    this.#process?.kill();
    this.#process = undefined;
    this.#database = undefined;
    this.leaders.clear();
    this.#events.down(this);
  }

  /** Takes a shard over. False if it could not, or died meanwhile. */
  async lead(id: string): Promise<boolean> {
    const process = this.#process;
    const environment = this.#environment;
    const { servers, settings, readsAtOnce, counters, bug } = this.#world;
    if (process === undefined || environment === undefined) return false;
    const stubs = this.#stubs;
    try {
      const engine = new SimulatedEngine(servers.get(id)!, process, readsAtOnce);
      const leader = await openLeader({
        id,
        engine,
        environment,
        settings,
        peer: (peer) => stubs.get(peer),
        clockFloor: 0,
      });
      if (!process.isAlive) return false;
      this.leaders.set(id, leader);
      this.#served.set(id, bug === 'node-reads-unfenced' ? leader : fenced(leader, engine, leader.status().epoch));
      void leader.recover().catch((error: unknown) => this.#judge('recover', error));
      return true;
    } catch (error) {
      this.#judge('openLeader', error);
      counters.add('opening failed');
      return false;
    }
  }

  #leader(shard: string): Shard | undefined {
    return this.leaders.has(shard) ? this.#served.get(shard) : undefined;
  }

  #stub(id: string, transport: Transport): Shard {
    return this.#world.bug === 'decides-before-durable' ? new HastyShard(id, transport) : new RemoteShard(id, transport);
  }

  #transport(process: Process): Transport {
    const addressee = (shard: string): string => this.beliefs.get(shard) ?? this.name;
    return {
      local: (shard) => (addressee(shard) === this.name && process.isAlive ? this.#leader(shard) : undefined),
      call: (call, timeoutMs, onTimeout) =>
        new Promise((resolve, reject) => {
          const timer = process.environment.setTimer(timeoutMs, () => {
            this.#world.counters.add('call without an answer in time');
            reject(this.#lateError(call, onTimeout()));
          });
          this.#send(process, addressee(call.shard), call, (answer) => {
            timer.cancel();
            if ('value' in answer) resolve(answer.value);
            else reject(decodeError(answer.error));
          });
        }),
      tell: (call) => this.#send(process, addressee(call.shard), call, undefined),
    };
  }

  #lateError(call: ShardCall, error: PandaError): PandaError {
    if (this.#world.bug !== 'stub-retries-open-commits' || call.method !== 'commit') return error;
    return new PandaError('ShardUnavailable', 'The shard did not answer in time', { shard: call.shard });
  }

  #send(process: Process, to: string, call: ShardCall, onAnswer: ((answer: Answer) => void) | undefined): void {
    // What is not sent when it dies is never sent.
    if (!process.isAlive) return;
    const { network, random, bug } = this.#world;
    const args = copyPlainData(call.args);
    if (bug === 'network-answers-unmade-commits' && call.method === 'commit' && random.chance(0.02)) {
      const { readTimestamp } = args[0] as { readTimestamp: number };
      onAnswer?.({ value: readTimestamp + 1 });
      return;
    }
    const peer = this.#peers(to);
    const answer = (result: Answer): void =>
      network.send({
        from: to,
        to: this.name,
        label: `answer ${call.method} ${call.shard}`,
        isAnswer: true,
        pausedUntil: () => process.pausedUntil,
        deliver: () => {
          if (process.isAlive) onAnswer?.(result);
        },
      });
    network.send({
      from: this.name,
      to,
      label: `${call.method} ${call.shard}`,
      isOnce: call.method === 'commit',
      pausedUntil: () => peer.process?.pausedUntil ?? 0,
      deliver: () => peer.#receive({ ...call, args: copyPlainData(args) }, onAnswer === undefined ? undefined : answer),
    });
    process.step();
  }

  /** A call arrives. A node that is down does not notice. */
  #receive(call: ShardCall, answer: ((answer: Answer) => void) | undefined): void {
    const process = this.#process;
    if (process === undefined) return;
    const leader = this.#leader(call.shard);
    if (leader === undefined) {
      const error = new PandaError('LeadershipLost', 'This node does not lead the shard', { shard: call.shard });
      answer?.({ error: encodeError(error) });
      return;
    }
    void perform(leader, call)
      .then((value) => {
        if (!process.isAlive) return;
        answer?.({ value: copyPlainData(value) });
        process.step();
      })
      .catch((error: unknown) => {
        this.#judge(call.method, error);
        if (process.isAlive && PandaError.is(error)) answer?.({ error: encodeError(error) });
      });
  }

  /** A refusal is part of the game; anything that is no PandaError, or a broken invariant, is not. */
  #judge(what: string, error: unknown): void {
    if (PandaError.is(error) && error.code !== 'Corruption') return;
    this.#world.fail(`${this.name} ${what}: ${String((error as Error).stack)}`);
  }
}

/** Plants a bug: answers before the outcome is durable. */
class HastyShard extends RemoteShard {
  override decide(...args: Parameters<RemoteShard['decide']>): ReturnType<RemoteShard['decide']> {
    void super.decide(...args).catch(() => undefined);
    return Promise.resolve(args[0].decision);
  }
}
