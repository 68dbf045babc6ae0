/**
 * The first byte of every element. The codes are FoundationDB's, and in the order of the kinds of elements.
 *
 * @see https://github.com/apple/foundationdb/blob/main/design/tuple.md
 */
export const TYPE_CODE = Object.freeze({
  null: 0x00,
  bytes: 0x01,
  string: 0x02,
  nested: 0x05,
  /** Negative integers of more than 8 bytes; from here to `zero`, those of 8 bytes to 1. */
  negativeLong: 0x0b,
  zero: 0x14,
  /** Positive integers of more than 8 bytes; from `zero` to here, those of 1 byte to 8. */
  positiveLong: 0x1d,
  float: 0x20,
  double: 0x21,
  false: 0x26,
  true: 0x27,
  uuid: 0x30,
  versionstamp: 0x33,
});

/** Ends a string of bytes, and a nested tuple. */
export const TERMINATOR = 0x00;

/** After a zero byte: it is part of the string, or a null of the nested tuple, and does not end it. */
export const ESCAPE = 0xff;

/** Integers of up to so many bytes have their length in the type code. */
export const SHORT_INTEGER_BYTES_MAX = 8;
export const INTEGER_BYTES_MAX = 255;

/** Tuples within tuples, so that damaged bytes cannot exhaust the stack. */
export const DEPTH_MAX = 100;
