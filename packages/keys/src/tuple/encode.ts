import { PandaError } from '@pandakv/core/engine';
import { Double } from './double.js';
import type { Tuple, TupleElement } from './element.js';
import { Float } from './float.js';
import { doubleBytes, floatBytes } from './floating-point.js';
import { writeBigInt, writeNumber } from './integer.js';
import type { TupleWriter } from './tuple-writer.js';
import { DEPTH_MAX, ESCAPE, TERMINATOR, TYPE_CODE } from './type-code.js';
import { Uuid } from './uuid.js';
import { Versionstamp } from './versionstamp.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Writes the elements of a tuple, without anything around them. */
export function writeTuple(out: TupleWriter, tuple: Tuple): void {
  if (!isTuple(tuple)) throw new TypeError('A tuple is an array');
  // By index: an array with holes has elements that are undefined, and is refused for it.
  for (let at = 0; at < tuple.length; at++) writeElement(out, tuple[at]!, 1);
}

function writeElement(out: TupleWriter, element: TupleElement, depth: number): void {
  if (typeof element === 'string') writeString(out, element);
  else if (typeof element === 'number') writeNumber(out, safeInteger(element));
  else if (typeof element === 'bigint') writeBigInt(out, element);
  else if (typeof element === 'boolean') out.byte(element ? TYPE_CODE.true : TYPE_CODE.false);
  else if (element === null) out.byte(TYPE_CODE.null);
  else writeObject(out, element, depth);
}

function writeObject(out: TupleWriter, element: TupleElement & object, depth: number): void {
  if (element instanceof Uint8Array) writeTerminated(out, TYPE_CODE.bytes, element);
  else if (element instanceof Double) writeFixed(out, TYPE_CODE.double, doubleBytes(element.value));
  else if (element instanceof Float) writeFixed(out, TYPE_CODE.float, floatBytes(element.value));
  else if (element instanceof Uuid) writeFixed(out, TYPE_CODE.uuid, element.bytes);
  else if (element instanceof Versionstamp) writeVersionstamp(out, element);
  else if (isTuple(element)) writeNested(out, element, depth);
  else throw new TypeError(`A tuple cannot hold ${element === undefined ? 'undefined' : 'such an object'}`);
}

/** `Array.isArray` for arrays that are read only. */
function isTuple(value: unknown): value is Tuple {
  return Array.isArray(value);
}

function safeInteger(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new TypeError(
    Number.isInteger(value)
      ? 'An integer beyond the safe ones must be a bigint in a tuple'
      : 'A number that is no integer must be wrapped in a tuple: new Double(value), for all values of that element',
  );
}

function writeString(out: TupleWriter, text: string): void {
  if (LONE_SURROGATE.test(text)) {
    throw new PandaError('InvalidArgument', 'A string with half a surrogate pair has no encoding in UTF-8');
  }
  writeTerminated(out, TYPE_CODE.string, Buffer.from(text, 'utf8'));
}

function writeTerminated(out: TupleWriter, code: number, bytes: Uint8Array): void {
  out.byte(code);
  out.escaped(bytes);
  out.byte(TERMINATOR);
}

function writeFixed(out: TupleWriter, code: number, bytes: Uint8Array): void {
  out.byte(code);
  out.bytes(bytes);
}

function writeVersionstamp(out: TupleWriter, stamp: Versionstamp): void {
  out.byte(TYPE_CODE.versionstamp);
  if (!stamp.isComplete) out.incompleteStamps.push(out.length);
  out.bytes(stamp.bytes);
}

/** In a nested tuple a null is escaped, so that it is not taken for the end. */
function writeNested(out: TupleWriter, tuple: Tuple, depth: number): void {
  if (depth > DEPTH_MAX) throw new PandaError('InvalidArgument', `Tuples are nested over ${DEPTH_MAX} deep`);
  out.byte(TYPE_CODE.nested);
  for (let at = 0; at < tuple.length; at++) {
    writeElement(out, tuple[at]!, depth + 1);
    if (tuple[at] === null) out.byte(ESCAPE);
  }
  out.byte(TERMINATOR);
}
