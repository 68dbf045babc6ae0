import { PandaError } from '@pandakv/core/engine';
import { readTuple } from './decode.js';
import type { Tuple } from './element.js';
import { writeTuple } from './encode.js';
import { TupleReader } from './tuple-reader.js';
import { TupleWriter } from './tuple-writer.js';

/** A key in which the stamp of a versionstamp is still to be written. */
export interface IncompleteKey {
  /** With 0xff in the place of the stamp. */
  readonly key: Uint8Array;
  /** Where the 10 bytes of the stamp begin. */
  readonly offset: number;
}

/**
 * A tuple as bytes, which sort like tuples: the encoding of FoundationDB's tuple layer, so that its bindings read them.
 *
 * @throws TypeError for what a tuple cannot hold; PandaError `InvalidArgument` for an integer of more than 255 bytes, for a string that is
 *   not well-formed, for tuples nested over 100 deep, and for an incomplete versionstamp.
 * @see https://github.com/apple/foundationdb/blob/main/design/tuple.md
 */
export function pack(tuple: Tuple): Uint8Array {
  return packAfter(NOTHING, tuple);
}

/** The same, after other bytes. */
export function packAfter(start: Uint8Array, tuple: Tuple): Uint8Array {
  const out = written(start, tuple);
  if (out.incompleteStamps.length > 0) {
    throw new PandaError('InvalidArgument', 'The tuple holds an incomplete versionstamp; see packIncomplete()');
  }
  return out.finish();
}

/**
 * A tuple that holds exactly one incomplete versionstamp, at any depth, after other bytes. What takes the key writes the 10 bytes of
 * the commit's stamp at the offset.
 */
export function packIncomplete(tuple: Tuple, start: Uint8Array = NOTHING): IncompleteKey {
  const out = written(start, tuple);
  const [offset] = out.incompleteStamps;
  if (offset === undefined || out.incompleteStamps.length > 1) {
    throw new PandaError(
      'InvalidArgument',
      `The tuple must hold one incomplete versionstamp, and holds ${out.incompleteStamps.length}`,
    );
  }
  return { key: out.finish(), offset };
}

/** The tuple of {@link pack}. Fails with `InvalidArgument` for bytes that are not one. */
export function unpack(bytes: Uint8Array): Tuple {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('A tuple is unpacked from a Uint8Array');
  return readTuple(new TupleReader(bytes));
}

const NOTHING = new Uint8Array(0);

function written(start: Uint8Array, tuple: Tuple): TupleWriter {
  const out = new TupleWriter();
  out.bytes(start);
  writeTuple(out, tuple);
  return out;
}
