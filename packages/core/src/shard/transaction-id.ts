import type { Environment, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';

/**
 * A transaction's id: its first start timestamp (11 digits of base 36, so ids sort by age) and the tag of its coordinator. An
 * attempt at it, which is what shards see, is the id, a dot and a number: `0fk3v2…x9a.1`. Where it is run again under its id, a run is a
 * timestamp, and an attempt `0fk3v2…x9a.<run>.1`.
 */
const START_DIGITS = 11;
const TAG_DIGITS = 10;
/** The lower half of the start's digits. */
const HALF_DIGITS = 5;
const HALF = 36 ** HALF_DIGITS;
const DIGIT_CODES = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz', 'latin1');
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;
const scratch = Buffer.alloc(START_DIGITS);

const PATTERN = /^[0-9a-z]{21}(\.[0-9]{1,16}){0,2}$/;

/** What tells the ids of one coordinator from those of others: 51 random bits. */
export function newCoordinatorTag(environment: Pick<Environment, 'random'>): string {
  const half = () =>
    Math.floor(environment.random() * 36 ** (TAG_DIGITS / 2))
      .toString(36)
      .padStart(TAG_DIGITS / 2, '0');
  return half() + half();
}

/** `start` must be a reading of the coordinator's clock that no other transaction of it has. */
export function newTransactionId(start: Timestamp, coordinatorTag: string): string {
  return startDigits(start) + coordinatorTag;
}

/** In two halves that are small integers: `toString(36)` of a large number takes several times as long. */
function startDigits(start: Timestamp): string {
  let high = Math.floor(start / HALF);
  let low = start - high * HALF;
  for (let at = START_DIGITS - 1; at >= START_DIGITS - HALF_DIGITS; at--) {
    scratch[at] = DIGIT_CODES[low % 36]!;
    low = (low / 36) | 0;
  }
  for (let at = START_DIGITS - HALF_DIGITS - 1; at >= 0; at--) {
    scratch[at] = DIGIT_CODES[high % 36]!;
    high = (high / 36) | 0;
  }
  return scratch.toString('latin1');
}

export function attemptOf(transactionId: string, attempt: number): string {
  return `${transactionId}.${attempt}`;
}

/** What the numbers of a run's attempts follow. */
export function runOf(transactionId: string, run: Timestamp): string {
  return `${transactionId}.${run}`;
}

/** What stands for all attempts of the runs before one. */
export function fenceOf(transactionId: string, run: Timestamp): string {
  return `${transactionId}.<${run}`;
}

/** The run before which attempts are refused; undefined for what is no such fence. */
export function fencedRunOf(fence: string): Timestamp | undefined {
  const at = fence.indexOf('<');
  return at < 0 ? undefined : Number(fence.slice(at + 1));
}

/** Whether an attempt is of a run before another; attempts without a run are of the first one. */
export function isOfRunBefore(attempt: string, run: Timestamp): boolean {
  const first = attempt.indexOf('.');
  const last = attempt.lastIndexOf('.');
  return first === last || Number(attempt.slice(first + 1, last)) < run;
}

/** The id without the number of the attempt. */
export function transactionOf(attempt: string): string {
  const dot = attempt.indexOf('.');
  return dot < 0 ? attempt : attempt.slice(0, dot);
}

/** When the transaction's first attempt started. */
export function startOf(attempt: string): Timestamp {
  let start = 0;
  for (let at = 0; at < START_DIGITS; at++) {
    const code = attempt.charCodeAt(at);
    start = start * 36 + (code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10);
  }
  return start;
}

/** True when `a` goes before `b` where both want the same lock: by first start, then id. Attempts of one transaction tie. */
export function isOlder(a: string, b: string): boolean {
  return transactionOf(a) < transactionOf(b);
}

/** A user's transaction id, checked. */
export function checkTransactionId(id: unknown): string {
  if (typeof id !== 'string') throw new TypeError(`A transaction id must be a string, not ${typeof id}`);
  if (!PATTERN.test(id)) throw new PandaError('InvalidArgument', 'Not the id of a transaction');
  return id;
}
