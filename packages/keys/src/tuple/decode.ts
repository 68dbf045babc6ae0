import { Double } from './double.js';
import type { Tuple, TupleElement } from './element.js';
import { Float } from './float.js';
import { fromOrdered } from './floating-point.js';
import { isIntegerCode, readInteger } from './integer.js';
import type { TupleReader } from './tuple-reader.js';
import { DEPTH_MAX, ESCAPE, TERMINATOR, TYPE_CODE } from './type-code.js';
import { Uuid } from './uuid.js';
import { Versionstamp } from './versionstamp.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads elements up to the end. */
export function readTuple(input: TupleReader): Tuple {
  const elements: TupleElement[] = [];
  while (!input.isAtEnd) elements.push(readElement(input, 1));
  return elements;
}

function readElement(input: TupleReader, depth: number): TupleElement {
  const code = input.byte();
  if (isIntegerCode(code)) return readInteger(input, code);
  switch (code) {
    case TYPE_CODE.null:
      return null;
    case TYPE_CODE.bytes:
      return new Uint8Array(input.takeTerminated());
    case TYPE_CODE.string:
      return readString(input);
    case TYPE_CODE.nested:
      return readNested(input, depth);
    case TYPE_CODE.float:
      return new Float(fromOrdered(Buffer.from(input.take(4))).readFloatBE());
    case TYPE_CODE.double:
      return new Double(fromOrdered(Buffer.from(input.take(8))).readDoubleBE());
    case TYPE_CODE.false:
      return false;
    case TYPE_CODE.true:
      return true;
    case TYPE_CODE.uuid:
      return new Uuid(input.take(16));
    case TYPE_CODE.versionstamp:
      return new Versionstamp(input.take(12));
    default:
      throw input.damaged(`there is no element of type 0x${code.toString(16).padStart(2, '0')}`);
  }
}

function readString(input: TupleReader): string {
  const bytes = input.takeTerminated();
  try {
    return utf8.decode(bytes);
  } catch {
    throw input.damaged('a string is not UTF-8');
  }
}

function readNested(input: TupleReader, depth: number): Tuple {
  if (depth > DEPTH_MAX) throw input.damaged(`tuples are nested over ${DEPTH_MAX} deep`);
  const elements: TupleElement[] = [];
  for (;;) {
    if (!input.skip(TERMINATOR)) elements.push(readElement(input, depth + 1));
    else if (input.skip(ESCAPE)) elements.push(null);
    else return elements;
  }
}
