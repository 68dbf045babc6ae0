import { SPI_LIMITS, type KeyRange } from '@pandakv/core/engine';
import { asBuffer } from './bytes.js';

const { keyBytesMax } = SPI_LIMITS;

/** A range as a condition on the column of keys. */
export interface KeyBounds {
  readonly startOperator: '>=' | '>';
  readonly start: Buffer;
  readonly endOperator: '<' | '<=' | undefined;
  readonly end: Buffer | undefined;
}

/**
 * A bound longer than any key (the successor of a longest key is one) is cut to the length of the column, since servers differ
 * in what they make of it: all keys up to the cut bound, itself included, come before the whole one.
 */
export function boundsOf({ start, end }: KeyRange): KeyBounds {
  const cut = (bound: Uint8Array): Buffer => asBuffer(bound).subarray(0, keyBytesMax);
  return {
    startOperator: start.length > keyBytesMax ? '>' : '>=',
    start: cut(start),
    endOperator: end === undefined ? undefined : end.length > keyBytesMax ? '<=' : '<',
    end: end && cut(end),
  };
}

/** The condition, with every bound as `show` writes it. */
export function conditionOf(bounds: KeyBounds, show: (bound: Buffer) => string): string {
  const { startOperator, start, endOperator, end } = bounds;
  const fromStart = `k ${startOperator} ${show(start)}`;
  return end === undefined ? fromStart : `${fromStart} AND k ${endOperator!} ${show(end)}`;
}
