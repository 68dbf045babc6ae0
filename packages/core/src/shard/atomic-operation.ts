import { PandaError } from '../errors/index.js';
import { INT64_BYTES, int64, int64Of, keyHex, type Key } from '../keys/index.js';

/**
 * What is done to the value of a key, whatever it is by then. The leader evaluates it where nobody else can write the key: in the
 * turn of the commit, or under the lock of the prepare (docs/protocol/atomic-operations.md).
 */
export type AtomicOperation =
  | { readonly type: 'add'; readonly amount: bigint; readonly overflow: 'wrap' | 'refuse' }
  | { readonly type: 'min' | 'max'; readonly amount: bigint }
  | { readonly type: 'and' | 'or' | 'xor'; readonly operand: Uint8Array }
  | { readonly type: 'append'; readonly suffix: Uint8Array; readonly limit: number }
  | { readonly type: 'compareAndDelete'; readonly expected: Uint8Array }
  | { readonly type: 'setIfAbsent'; readonly value: Uint8Array };

type Value = Uint8Array | undefined;

/** The value after the operations; the same object where they change nothing. Throws `PreconditionFailed` where one refuses. */
export function applyOperations(key: Key, operations: readonly AtomicOperation[], before: Value): Value {
  let value = before;
  for (const operation of operations) value = applyOperation(key, operation, value);
  return value;
}

function applyOperation(key: Key, operation: AtomicOperation, value: Value): Value {
  switch (operation.type) {
    case 'add':
      return sum(key, operation, value);
    case 'min':
    case 'max':
      return extreme(key, operation, value);
    case 'and':
    case 'or':
    case 'xor':
      return bitwise(operation, value);
    case 'append':
      return joined(operation, value);
    case 'compareAndDelete':
      return equals(value, operation.expected) ? undefined : value;
    case 'setIfAbsent':
      return value ?? operation.value;
  }
}

function sum(key: Key, { amount, overflow }: Extract<AtomicOperation, { type: 'add' }>, value: Value): Uint8Array {
  const exact = (value === undefined ? 0n : numberOf(key, value)) + amount;
  const wrapped = BigInt.asIntN(64, exact);
  if (wrapped !== exact && overflow === 'refuse') throw refusal(key, 'The sum does not fit 64 bits');
  return int64(wrapped);
}

function extreme(key: Key, { type, amount }: { type: 'min' | 'max'; amount: bigint }, value: Value): Uint8Array {
  if (value === undefined) return int64(amount);
  const before = numberOf(key, value);
  const keeps = type === 'min' ? before <= amount : before >= amount;
  return keeps ? value : int64(amount);
}

/** As long as the operand: what the value lacks counts as zeros, what it has beyond that is dropped. */
function bitwise({ type, operand }: { type: 'and' | 'or' | 'xor'; operand: Uint8Array }, value: Value): Uint8Array {
  const result = Buffer.alloc(operand.length);
  for (let at = 0; at < operand.length; at++) {
    const a = value?.[at] ?? 0;
    const b = operand[at]!;
    result[at] = type === 'and' ? a & b : type === 'or' ? a | b : a ^ b;
  }
  return result;
}

function joined({ suffix, limit }: Extract<AtomicOperation, { type: 'append' }>, value: Value): Value {
  if ((value?.length ?? 0) + suffix.length > limit) return value;
  if (value === undefined) return suffix;
  return suffix.length === 0 ? value : Buffer.concat([value, suffix]);
}

function equals(value: Value, expected: Uint8Array): boolean {
  return value !== undefined && Buffer.compare(value, expected) === 0;
}

function numberOf(key: Key, value: Uint8Array): bigint {
  if (value.length !== INT64_BYTES) throw refusal(key, 'The value is no 64-bit number');
  return int64Of(value);
}

function refusal(key: Key, message: string): PandaError {
  return new PandaError('PreconditionFailed', message, { key: keyHex(key) });
}
