import type { Step } from './statement.js';

/** Kind and length; the length counts itself, not the kind. */
const KIND_BYTES = 1;
const LENGTH_BYTES = 4;

/** Bind: two names with their ends, one format for all parameters, how many, one format for all columns. */
const BIND_FRAME_BYTES = KIND_BYTES + LENGTH_BYTES + 2 + 4 + 2 + 4;
const EXECUTE_BYTES = KIND_BYTES + LENGTH_BYTES + 1 + 4;
const SYNC_BYTES = KIND_BYTES + LENGTH_BYTES;

const BINARY = 1;
const NULL_LENGTH = -1;

const BIND = 'B'.charCodeAt(0);
const EXECUTE = 'E'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);

/**
 * Bind and Execute for each step, of a statement that is prepared, then Sync, in one piece of memory. The driver makes, grows,
 * copies and writes one for each message, which is a good part of what a small call costs here.
 */
export function executionMessages(steps: readonly Step[]): Buffer {
  let length = SYNC_BYTES;
  for (const step of steps) length += bindBytes(step) + EXECUTE_BYTES;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const step of steps) at = writeExecute(bytes, writeBind(bytes, at, step));
  bytes[at] = SYNC;
  bytes.writeInt32BE(SYNC_BYTES - KIND_BYTES, at + KIND_BYTES);
  return bytes;
}

/** Names of statements are ASCII. */
function bindBytes({ statement, values }: Step): number {
  let length = BIND_FRAME_BYTES + statement.name.length;
  for (const value of values) length += LENGTH_BYTES + (value?.length ?? 0);
  return length;
}

function writeBind(bytes: Buffer, begin: number, step: Step): number {
  const { statement, values } = step;
  bytes[begin] = BIND;
  let at = bytes.writeInt32BE(bindBytes(step) - KIND_BYTES, begin + KIND_BYTES);
  // The portal has no name.
  bytes[at++] = 0;
  at += bytes.write(statement.name, at, 'latin1');
  bytes[at++] = 0;
  at = bytes.writeInt16BE(1, at);
  at = bytes.writeInt16BE(BINARY, at);
  at = bytes.writeInt16BE(values.length, at);
  for (const value of values) {
    at = bytes.writeInt32BE(value?.length ?? NULL_LENGTH, at);
    if (value === null) continue;
    bytes.set(value, at);
    at += value.length;
  }
  at = bytes.writeInt16BE(1, at);
  return bytes.writeInt16BE(BINARY, at);
}

/** All rows of the portal without a name. */
function writeExecute(bytes: Buffer, begin: number): number {
  bytes[begin] = EXECUTE;
  const at = bytes.writeInt32BE(EXECUTE_BYTES - KIND_BYTES, begin + KIND_BYTES);
  bytes[at] = 0;
  return bytes.writeInt32BE(0, at + 1);
}
