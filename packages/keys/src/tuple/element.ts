import type { Double } from './double.js';
import type { Float } from './float.js';
import type { Uuid } from './uuid.js';
import type { Versionstamp } from './versionstamp.js';

/**
 * What a tuple can hold. Kinds sort in this order: null, bytes, strings (by code point), nested tuples, integers, floats, doubles,
 * false, true, UUIDs, versionstamps.
 *
 * A number must be a safe integer. Others are wrapped in {@link Double} or {@link Float}, because a fraction is of another kind than an
 * integer, and sorts after all of them. Integers beyond the safe ones are bigints, up to 255 bytes; an integer is read as a number
 * where it is a safe one, whichever it was written as.
 */
export type TupleElement = null | boolean | number | bigint | string | Uint8Array | Double | Float | Uuid | Versionstamp | Tuple;

/** An ordered list of elements, which sorts like the bytes that it packs to: element by element, and a tuple before its extensions. */
export type Tuple = readonly TupleElement[];
