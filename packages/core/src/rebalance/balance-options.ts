import { PandaError } from '../errors/index.js';
import { DEFAULT_BALANCE_POLICY, type BalancePolicy } from './balance-policy.js';
import type { MoveProgress } from './move-progress.js';

/**
 * `plan`: it is looked at what lies where. `split`, `move`, `merge`: the plan is carried out. `clean`: what has moved away is removed.
 * `done`: the shards are as planned.
 */
export type BalancePhase = 'plan' | 'split' | 'move' | 'merge' | 'clean' | 'done';

/** How far a balance has come. */
export interface BalanceProgress {
  readonly phase: BalancePhase;
  /** Moves of the plan, and those that have ended. */
  readonly moves: number;
  readonly moved: number;
  /** About how many bytes the plan moves, and how many were copied by now. */
  readonly bytesPlanned: number;
  readonly bytes: number;
  /** Copying waits because commits take longer than before. */
  readonly isPaused: boolean;
  /** Where the step is one of a move. */
  readonly move: MoveProgress | undefined;
}

/** How much a balance may take of the machines. */
export interface BalanceBudget {
  /** The most that is copied in a second, over all moves. Default: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** How many ranges move at once. Default 1. */
  readonly movesAtOnce?: number;
  /** Copying waits while commits take this many times as long as before. Default 2; Infinity for never. */
  readonly latencyFactorMax?: number;
  /** The longest that commits in a range may wait at its cut-over, in milliseconds. Default 200. */
  readonly pauseBudgetMs?: number;
}

export interface BalanceOptions extends BalanceBudget, Partial<BalancePolicy> {
  /** Only plans. */
  readonly plan?: boolean;
  /** Stops where it is: what has moved stays moved, what is moving is cancelled. */
  readonly signal?: AbortSignal;
  /** Hears of every step. What it throws stops the balance. */
  readonly onProgress?: (progress: BalanceProgress) => void;
}

const NUMBERS = ['bytesPerSecond', 'latencyFactorMax', 'pauseBudgetMs', 'rangeBytesMax'] as const;
const NUMBERS_OR_ZERO = ['tolerance', 'bytesMin', 'loadTolerance', 'loadMin', 'mergeBytesMax'] as const;

/** A user's options, checked. */
export function checkBalanceOptions<T extends BalanceBudget & Partial<BalancePolicy>>(options: T): T {
  const refuse = (name: string, what: string): never => {
    throw new PandaError('InvalidArgument', `${name} must be ${what}`);
  };
  for (const name of NUMBERS) if (!(isNumber(options[name], 1) && options[name] !== 0)) refuse(name, 'a positive number');
  for (const name of NUMBERS_OR_ZERO) if (!isNumber(options[name], 0)) refuse(name, 'a number of at least 0');
  const { movesAtOnce = 1 } = options;
  if (!Number.isSafeInteger(movesAtOnce) || movesAtOnce < 1) refuse('movesAtOnce', 'a whole number of at least 1');
  const { rangeBytesMax, mergeBytesMax } = policyOf(options);
  // What was divided would be joined again, and so on.
  if (2 * mergeBytesMax > rangeBytesMax) refuse('mergeBytesMax', 'at most half of rangeBytesMax');
  return options;
}

function isNumber(value: unknown, otherwise: number): boolean {
  const number = value ?? otherwise;
  return typeof number === 'number' && number >= 0;
}

export function policyOf(options: Partial<BalancePolicy>): BalancePolicy {
  const names = Object.keys(DEFAULT_BALANCE_POLICY) as (keyof BalancePolicy)[];
  const given = names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  return { ...DEFAULT_BALANCE_POLICY, ...Object.fromEntries(given) };
}
