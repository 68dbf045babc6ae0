import { createHash } from 'node:crypto';
import { PandaError } from '@pandakv/core';
import type { Shard } from '@pandakv/core/shard';
import type { Process } from '../machine/process.js';
import { copyPlainData } from '../network/plain-data.js';
import { perform, type ShardCall, type Transport } from '../network/remote-shard.js';
import { decodeError, encodeError } from '../network/wire-error.js';
import type { ExplorerScheduler } from './explorer-scheduler.js';

/** How much more harm may be done. */
export interface Allowance {
  crashes: number;
  losses: number;
  duplicates: number;
  recoveries: number;
}

export interface ModelNetworkParts {
  readonly scheduler: ExplorerScheduler;
  readonly left: Allowance;
  readonly leaderOf: (shard: string) => { readonly leader: Shard; readonly process: Process } | undefined;
  /** Looks at an error that is to be answered; answers its code. */
  readonly judge: (error: unknown) => string;
  /** Calls that come of like events are told apart by all that these came of. */
  readonly areCallsAlike: boolean;
}

type Settle = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** Carries calls between coordinators and leaders. Each message, and each answer, is an event of whoever gets it. */
export class ModelNetwork {
  readonly #parts: ModelNetworkParts;
  /** Calls that have arrived and are not answered yet. */
  readonly #served = new Map<string, number>();
  /** Calls whose answer has not arrived, and was not lost on the way. */
  readonly #awaited = new Map<string, number>();

  /** How often the same was asked in a step. */
  readonly #ids = new Map<string, number>();
  #idsOfStep = -1;
  /** Calls by the labels of their messages. */
  readonly #calls = new Map<string, ShardCall>();

  constructor(parts: ModelNetworkParts) {
    this.#parts = parts;
  }

  /** The call that is under way with a label. */
  callOf(label: string): ShardCall | undefined {
    return this.#calls.get(label);
  }

  /** What is being served, and what is waited for. */
  open(): string[] {
    const open: string[] = [];
    for (const [text, count] of this.#served) if (count > 0) open.push(`${text} ${count}`);
    for (const [text, count] of this.#awaited) if (count > 0) open.push(`${text} ${count}`);
    return open;
  }

  /** Whether a process serves a call, or waits for an answer. */
  isBusy(process: Process): boolean {
    return this.open().some((text) => text.startsWith(`${process.name} `));
  }

  /** How many answers a process waits for. */
  awaitedBy(process: Process): number {
    let sum = 0;
    for (const [text, count] of this.#awaited) if (text.startsWith(`${process.name} asks `)) sum += count;
    return sum;
  }

  transport(from: string, process: Process): Transport {
    return {
      local: (shard) => (shard === from ? this.#parts.leaderOf(shard)?.leader : undefined),
      call: (call, timeoutMs, onTimeout) =>
        new Promise((resolve, reject) => {
          const timer = process.environment.setTimer(timeoutMs, () => reject(onTimeout()));
          this.#send(from, process, call, (settle) => {
            timer.cancel();
            settle(resolve, reject);
          });
        }),
      tell: (call) => this.#send(from, process, call, undefined),
    };
  }

  #send(from: string, asker: Process, call: ShardCall, onAnswer: ((settle: Settle) => void) | undefined): void {
    const args = copyPlainData(call.args);
    const text = `${call.method} ${textOf(args)}`;
    const isAnswered = onAnswer !== undefined;
    const id = this.#idOf(`${from} ${call.shard} ${text}`);
    const asked = `${asker.name} asks ${call.shard} ${text} ${id}`;
    if (isAnswered) this.#count(this.#awaited, asked, 1);
    const isOver = (): void => {
      if (isAnswered) this.#count(this.#awaited, asked, -1);
    };
    const answer = (label: string, settle: Settle): void => {
      if (!isAnswered) return;
      const hear = (): void => {
        isOver();
        onAnswer(settle);
      };
      this.#message(`${from} hears ${call.shard} ${label} ${id}`, asker, hear, isOver);
    };
    const label = this.#message(
      `${call.shard} gets ${text} of ${from} ${id}`,
      undefined,
      () => this.#serve(call, args, text, from, answer),
      isOver,
    );
    this.#calls.set(label, call);
  }

  #serve(
    call: ShardCall,
    args: readonly unknown[],
    text: string,
    from: string,
    answer: (label: string, settle: Settle) => void,
  ): void {
    const addressee = this.#parts.leaderOf(call.shard);
    if (addressee === undefined) return;
    const { leader, process } = addressee;
    const served = `${process.name} serves ${text} of ${from}`;
    this.#count(this.#served, served, 1);
    void perform(leader, { ...call, args: copyPlainData(args) }).then(
      (value) => {
        this.#count(this.#served, served, -1);
        if (process.isAlive) answer(`${text} ${textOf(value)}`, (resolve) => resolve(copyPlainData(value)));
      },
      (error: unknown) => {
        this.#count(this.#served, served, -1);
        const code = this.#parts.judge(error);
        if (!process.isAlive || !PandaError.is(error)) return;
        answer(`${text} ${code}`, (_, reject) => reject(decodeError(encodeError(error))));
      },
    );
  }

  /** A message is an event. It is lost, or doubled, as soon as it is sent. What is for somebody dead never happens. */
  #message(text: string, receiver: Process | undefined, deliver: () => void, onLoss: () => void): string {
    const { scheduler, left } = this.#parts;
    const label = scheduler.unique(text);
    const message = { kind: 'message', owner: receiver } as const;
    scheduler.schedule(0, { ...message, label, run: deliver });
    scheduler.offer({
      label: `lose ${label}`,
      isPossible: () => left.losses > 0,
      run: () => {
        left.losses--;
        scheduler.drop(label);
        onLoss();
      },
    });
    if (receiver !== undefined) return label;
    scheduler.offer({
      label: `double ${label}`,
      isPossible: () => left.duplicates > 0,
      run: () => {
        left.duplicates--;
        scheduler.schedule(0, { ...message, label: `${label} again`, run: deliver });
      },
    });
    return label;
  }

  /** Tells calls apart that are alike, as something else goes on after each: by the event that they come of, and their order in it. */
  #idOf(call: string): string {
    const { areCallsAlike, scheduler } = this.#parts;
    const { steps } = scheduler;
    const cause = areCallsAlike ? scheduler.cause : scheduler.cause.replace(/ <\w+\/\d+>/g, '');
    if (steps !== this.#idsOfStep) this.#ids.clear();
    this.#idsOfStep = steps;
    const name = `${call} because ${cause}`;
    const count = (this.#ids.get(name) ?? 0) + 1;
    this.#ids.set(name, count);
    return `<${createHash('sha1').update(name).digest('hex').slice(0, 8)}/${count}>`;
  }

  #count(counts: Map<string, number>, text: string, by: number): void {
    counts.set(text, (counts.get(text) ?? 0) + by);
  }
}

/** Where a decision is asked for, an outcome row may stand for it: nothing else of it is looked at. */
function textOf(value: unknown): string {
  return (JSON.stringify(value) ?? '').replace(
    /"transaction":"[^"]*",("committedAt":\d+)?,?"unheard":\[[^\]]*\],"keepUntil":\d+/g,
    '$1',
  );
}
