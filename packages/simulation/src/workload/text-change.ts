import type { AtomicChange } from '@pandakv/core';
import { asBytes } from './text.js';

type Value = string | undefined;

/** An atomic change of a value that is text of characters up to 0xff; a number is 8 of them, the lowest first. */
export type TextChange =
  | { readonly type: 'add'; readonly amount: number }
  | { readonly type: 'append'; readonly suffix: string; readonly limit: number }
  | { readonly type: 'setIfAbsent'; readonly value: string }
  | { readonly type: 'compareAndDelete'; readonly expected: string };

/** The model: what changes make of a value. */
export function changed(value: Value, changes: readonly TextChange[] = []): Value {
  let result = value;
  for (const change of changes) result = changedOnce(result, change);
  return result;
}

function changedOnce(value: Value, change: TextChange): Value {
  switch (change.type) {
    case 'add':
      return textOf(numberOf(value ?? '') + BigInt(change.amount));
    case 'append':
      return (value ?? '').length + change.suffix.length > change.limit ? value : (value ?? '') + change.suffix;
    case 'setIfAbsent':
      return value ?? change.value;
    case 'compareAndDelete':
      return value === change.expected ? undefined : value;
  }
}

function numberOf(text: string): bigint {
  let number = 0n;
  for (let at = text.length - 1; at >= 0; at--) number = number * 256n + BigInt(text.charCodeAt(at));
  return number;
}

function textOf(number: bigint): string {
  let text = '';
  for (let rest = number; text.length < 8; rest /= 256n) text += String.fromCharCode(Number(rest % 256n));
  return text;
}

export function toAtomicChange(change: TextChange): AtomicChange {
  switch (change.type) {
    case 'add':
      return change;
    case 'append':
      return { ...change, suffix: asBytes(change.suffix) };
    case 'setIfAbsent':
      return { ...change, value: asBytes(change.value) };
    case 'compareAndDelete':
      return { ...change, expected: asBytes(change.expected) };
  }
}
