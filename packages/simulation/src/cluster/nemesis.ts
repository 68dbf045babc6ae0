import type { Random } from '../kernel/random.js';
import type { FaultPlan, Nemesis } from './fault-plan.js';
import type { Cluster, Member } from './member.js';
import type { World } from './world.js';

const DOWN_MS = 1_500;
const FOR_MS = 1_200;

/** Does harm to a cluster, by a plan, until it is told to stop; then puts all of it right. */
export class NemesisRunner {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #plan: FaultPlan;
  readonly #random: Random;
  #isStopped = false;
  /** By member how many more messages it gets before it dies. */
  readonly #fuses = new Map<string, number>();

  constructor(world: World, cluster: Cluster, plan: FaultPlan) {
    this.#world = world;
    this.#cluster = cluster;
    this.#plan = plan;
    this.#random = world.random.fork();
  }

  start(): void {
    const { network, servers } = this.#world;
    this.#cluster.harm();
    network.faults = this.#plan.network;
    network.onDelivery = ({ from, to }) => {
      this.#burn(from);
      this.#burn(to);
    };
    for (const server of servers.values()) server.faults = this.#plan.engine;
    if (this.#plan.nemeses.length > 0) this.#next();
  }

  /** Everything works again, and all clocks are right. */
  heal(): void {
    this.#isStopped = true;
    this.#fuses.clear();
    const { network, servers } = this.#world;
    network.heal();
    for (const server of servers.values()) server.heal();
    this.#cluster.heal();
    for (const member of this.#cluster.members) {
      member.clock.set(0, 1);
      member.start();
    }
  }

  #next(): void {
    this.#later(this.#random.between(0, 2 * this.#plan.everyMs), 'strikes', () => {
      this.#strike(this.#random.pick(this.#plan.nemeses));
      this.#next();
    });
  }

  #later(delayMs: number, what: string, run: () => void): void {
    this.#world.scheduler.schedule(delayMs, {
      kind: 'fault',
      label: `nemesis ${what}`,
      run: () => {
        if (!this.#isStopped) run();
      },
    });
  }

  #strike(nemesis: Nemesis): void {
    const random = this.#random;
    const server = random.pick([...this.#world.servers.values()]);
    const member = random.pick(this.#cluster.members);
    switch (nemesis) {
      case 'kill':
        this.#kill(member);
        return;
      case 'kill at a message':
        this.#fuses.set(member.name, random.below(40));
        return;
      case 'pause':
        this.#pause(member);
        return;
      case 'take over':
        this.#cluster.takeOver(server.id);
        return;
      case 'crash engine':
        server.crash(random.between(1, FOR_MS));
        return;
      case 'stall engine':
        server.stall(random.between(1, 2 * FOR_MS));
        return;
      case 'fill engine':
        server.fill(random.between(1, FOR_MS));
        return;
      case 'cut':
        this.#cut(member, random.pick(this.#cluster.members));
        return;
      case 'jump clock':
        this.#jump(member);
        return;
    }
  }

  #kill(member: Member): void {
    if (member.process === undefined) return;
    this.#world.counters.add('process killed');
    member.kill();
    this.#later(this.#random.between(1, DOWN_MS), `starts ${member.name}`, () => member.start());
  }

  #burn(name: string): void {
    const left = this.#fuses.get(name);
    if (left === undefined) return;
    if (left > 0) {
      this.#fuses.set(name, left - 1);
      return;
    }
    this.#fuses.delete(name);
    const member = this.#cluster.members.find((candidate) => candidate.name === name);
    if (member !== undefined) this.#kill(member);
  }

  #pause(member: Member): void {
    this.#world.counters.add('process paused');
    member.process?.pauseUntil(this.#world.scheduler.now + this.#random.between(1, 2 * FOR_MS));
  }

  #cut(a: Member, b: Member): void {
    if (a === b) return;
    this.#world.network.cut(a.name, b.name);
    this.#later(this.#random.between(1, 2 * FOR_MS), `restores ${a.name}>${b.name}`, () =>
      this.#world.network.restore(a.name, b.name),
    );
  }

  #jump(member: Member): void {
    const { clockOffsetMs } = this.#plan;
    this.#world.counters.add('clock jumped');
    member.clock.set(this.#random.between(-clockOffsetMs, clockOffsetMs), this.#random.between(0.995, 1.005));
  }
}
