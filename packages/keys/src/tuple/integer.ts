import { PandaError } from '@pandakv/core/engine';
import { invert } from './invert.js';
import type { TupleReader } from './tuple-reader.js';
import type { TupleWriter } from './tuple-writer.js';
import { INTEGER_BYTES_MAX, SHORT_INTEGER_BYTES_MAX, TYPE_CODE } from './type-code.js';

/** Writes a safe integer: its length in the type code, then its magnitude, most significant byte first, inverted if negative. */
export function writeNumber(out: TupleWriter, value: number): void {
  const magnitude = Math.abs(value);
  let length = 0;
  for (let rest = magnitude; rest >= 1; rest = Math.floor(rest / 256)) length++;
  out.byte(TYPE_CODE.zero + (value < 0 ? -length : length));
  const inversion = value < 0 ? 0xff : 0;
  for (let at = length - 1; at >= 0; at--) out.byte((Math.floor(magnitude / 256 ** at) % 256) ^ inversion);
}

/** The same for any integer of up to 255 bytes. From 9 bytes on, the length is a byte after the type code. */
export function writeBigInt(out: TupleWriter, value: bigint): void {
  const isNegative = value < 0n;
  const digits = value === 0n ? '' : (isNegative ? -value : value).toString(16);
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const { length } = magnitude;
  if (length > INTEGER_BYTES_MAX) {
    throw new PandaError('InvalidArgument', `An integer of ${length} bytes is over the limit of ${INTEGER_BYTES_MAX}`);
  }
  if (isNegative) invert(magnitude);
  if (length <= SHORT_INTEGER_BYTES_MAX) {
    out.byte(TYPE_CODE.zero + (isNegative ? -length : length));
  } else {
    out.byte(isNegative ? TYPE_CODE.negativeLong : TYPE_CODE.positiveLong);
    out.byte(isNegative ? length ^ 0xff : length);
  }
  out.bytes(magnitude);
}

export function isIntegerCode(code: number): boolean {
  return code >= TYPE_CODE.negativeLong && code <= TYPE_CODE.positiveLong;
}

/** The integer after its type code; a number where it is a safe one. */
export function readInteger(input: TupleReader, code: number): number | bigint {
  const isNegative = code < TYPE_CODE.zero;
  const magnitude = Buffer.from(input.take(lengthOf(input, code)));
  if (isNegative) invert(magnitude);
  if (magnitude[0] === 0) throw input.damaged('an integer begins with a zero');
  if (magnitude.length <= 6) {
    const value = magnitude.length === 0 ? 0 : magnitude.readUIntBE(0, magnitude.length);
    return isNegative ? -value : value;
  }
  const value = BigInt(`0x${magnitude.toString('hex')}`);
  const signed = isNegative ? -value : value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(signed) : signed;
}

function lengthOf(input: TupleReader, code: number): number {
  if (code !== TYPE_CODE.negativeLong && code !== TYPE_CODE.positiveLong) return Math.abs(code - TYPE_CODE.zero);
  const length = input.byte() ^ (code === TYPE_CODE.negativeLong ? 0xff : 0);
  if (length <= SHORT_INTEGER_BYTES_MAX) throw input.damaged('a long integer is short');
  return length;
}
