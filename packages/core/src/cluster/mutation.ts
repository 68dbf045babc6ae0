import { isTimestamp, type Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyOrRangeSpan, userKey, userValue, toSpan, type Bytes, type Range } from '../keys/index.js';
import type { Precondition as ShardPrecondition } from '../shard/index.js';
import { checkAtomicChange, setStampedKey, setStampedValue, WriteBuffer, type AtomicChange } from '../transaction/index.js';

/**
 * A change that {@link Database.write} makes. `setVersionstampedKey` and `setVersionstampedValue` write the stamp of the commit over 10 bytes from
 * `offset` on (default in a value: 0), as the methods of {@link Transaction} do.
 */
export type Mutation =
  | { readonly type: 'set'; readonly key: Bytes; readonly value: Bytes }
  | { readonly type: 'setVersionstampedKey'; readonly key: Bytes; readonly offset: number; readonly value: Bytes }
  | { readonly type: 'setVersionstampedValue'; readonly key: Bytes; readonly value: Bytes; readonly offset?: number }
  | { readonly type: 'delete'; readonly key: Bytes }
  | { readonly type: 'deleteRange'; readonly range: Range }
  | ({ readonly key: Bytes } & AtomicChange);

/**
 * What must hold for {@link Database.write} to commit: that a key is absent, is present, has a value, or has the version of a
 * timestamp; that a key or a range was not written since a timestamp.
 */
export type Precondition =
  | { readonly type: 'absent' | 'present'; readonly key: Bytes }
  | { readonly type: 'equals'; readonly key: Bytes; readonly value: Bytes }
  | { readonly type: 'version'; readonly key: Bytes; readonly timestamp: Timestamp }
  | { readonly type: 'unchanged'; readonly key: Bytes; readonly since: Timestamp }
  | { readonly type: 'unchanged'; readonly range: Range; readonly since: Timestamp };

/** What is written to keys, each once. */
export type Writes = ReturnType<WriteBuffer['toCommit']>;

/** The same as {@link bufferOf}, of mutations that name their keys; undefined when one deletes a range. */
export function writesOf(mutations: readonly Mutation[]): Writes | undefined {
  const only = Array.isArray(mutations) && mutations.length === 1 ? (mutations[0] as Mutation) : undefined;
  if (only?.type === 'set') {
    return {
      writeKeys: [userKey(only.key)],
      writeValues: [userValue(only.value)],
      writeOperations: undefined,
      writeConflicts: undefined,
      stamps: undefined,
    };
  }
  const buffer = bufferOf(mutations);
  return buffer.deletedSpans.length === 0 ? buffer.toCommit() : undefined;
}

/** Mutations, checked, in the order given: the last one of a key counts. */
export function bufferOf(mutations: readonly Mutation[]): WriteBuffer {
  checkArray('Mutations', mutations);
  const buffer = new WriteBuffer();
  for (const mutation of mutations) {
    switch (mutation.type) {
      case 'set':
        buffer.set(userKey(mutation.key), userValue(mutation.value));
        break;
      case 'delete':
        buffer.set(userKey(mutation.key), null);
        break;
      case 'setVersionstampedKey':
        setStampedKey(buffer, mutation.key, mutation.offset, mutation.value);
        break;
      case 'setVersionstampedValue':
        setStampedValue(buffer, mutation.key, mutation.value, mutation.offset);
        break;
      case 'deleteRange':
        buffer.deleteSpan(toSpan(mutation.range));
        break;
      default:
        changeBy(buffer, mutation);
    }
  }
  return buffer;
}

function changeBy(buffer: WriteBuffer, mutation: Extract<Mutation, AtomicChange>): void {
  const operation = checkAtomicChange(mutation);
  if (operation === undefined) throw unknownType('mutation', mutation);
  buffer.change(userKey(mutation.key), operation);
}

export function checkPreconditions(preconditions: readonly Precondition[]): ShardPrecondition[] {
  checkArray('Preconditions', preconditions);
  return preconditions.map((precondition: Precondition, index): ShardPrecondition => {
    switch (precondition.type) {
      case 'absent':
      case 'present':
        return { type: precondition.type, key: userKey(precondition.key), index };
      case 'equals':
        return { type: 'equals', key: userKey(precondition.key), value: userValue(precondition.value), index };
      case 'version':
        return { type: 'version', key: userKey(precondition.key), timestamp: checkTimestamp(precondition.timestamp), index };
      case 'unchanged':
        return {
          type: 'unchanged',
          span: keyOrRangeSpan('range' in precondition ? precondition.range : precondition.key),
          since: checkTimestamp(precondition.since),
          index,
        };
      default:
        throw unknownType('precondition', precondition);
    }
  });
}

function checkArray(what: string, given: unknown): void {
  if (!Array.isArray(given)) throw new TypeError(`${what} must be an array`);
}

function checkTimestamp(timestamp: Timestamp): Timestamp {
  if (!isTimestamp(timestamp)) throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
  return timestamp;
}

function unknownType(what: string, given: { readonly type?: unknown }): PandaError {
  return new PandaError('InvalidArgument', `Unknown type of ${what}: ${String(given.type)}`);
}
