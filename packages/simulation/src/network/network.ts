import type { Counters } from '../kernel/counters.js';
import type { Random } from '../kernel/random.js';
import type { Scheduler } from '../kernel/scheduler.js';
import { NO_NETWORK_FAULTS, type NetworkFaults } from './network-faults.js';

export interface Message {
  readonly from: string;
  readonly to: string;
  /** What it is, for the trace. */
  readonly label: string;
  /** At most one copy of it arrives. */
  readonly isOnce?: boolean;
  readonly isAnswer?: boolean;
  /** Virtual time until which the receiver takes nothing. */
  readonly pausedUntil?: () => number;
  readonly deliver: () => void;
}

/** Carries messages between nodes: late, twice, in another order, or not at all. */
export class Network {
  faults: NetworkFaults = NO_NETWORK_FAULTS;
  /** Called for every message that arrives, before it does. */
  onDelivery: ((message: Message) => void) | undefined;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #counters: Counters;
  readonly #cuts = new Set<string>();

  constructor(scheduler: Scheduler, random: Random, counters: Counters) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#counters = counters;
  }

  send(message: Message): void {
    const { drop, duplicate } = this.faults;
    if (this.#random.chance(drop)) {
      this.#counters.add(message.isAnswer === true ? 'answer lost' : 'message dropped');
    } else {
      this.#carry(message);
    }
    if (message.isOnce !== true && this.#random.chance(duplicate)) {
      this.#counters.add('message duplicated');
      this.#carry(message);
    }
  }

  /** From now on nothing gets from one node to the other; the way back stays open. */
  cut(from: string, to: string): void {
    this.#counters.add('direction cut');
    this.#cuts.add(`${from}>${to}`);
  }

  restore(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  /** Ends all faults. */
  heal(): void {
    this.faults = NO_NETWORK_FAULTS;
    this.#cuts.clear();
  }

  #carry(message: Message, latencyMs = this.#latency()): void {
    const { from, to, label } = message;
    this.#scheduler.schedule(latencyMs, {
      kind: 'message',
      label: `${from}>${to} ${label}`,
      run: () => {
        if (this.#cuts.has(`${from}>${to}`)) {
          this.#counters.add('message cut off');
          return;
        }
        const pausedMs = (message.pausedUntil?.() ?? 0) - this.#scheduler.now;
        if (pausedMs > 0) {
          this.#carry(message, pausedMs);
          return;
        }
        this.onDelivery?.(message);
        message.deliver();
      },
    });
  }

  #latency(): number {
    if (this.#random.chance(this.faults.delay)) {
      this.#counters.add('message delayed');
      return this.#random.between(1, this.faults.delayMs);
    }
    return 0.05 + this.#random.next() * 0.5;
  }
}
