import { Double, Float, Uuid, Versionstamp, type Tuple, type TupleElement } from '@pandakv/keys';

/** The order of tuples as it is documented, found out without their bytes. */
export function compareTuples(a: Tuple, b: Tuple): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = compareElements(a[at]!, b[at]!);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

function compareElements(a: TupleElement, b: TupleElement): number {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0) return Math.sign(kinds);
  if (typeof a === 'string') return compareTuples(codePoints(a), codePoints(b as string));
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  if (a instanceof Double || a instanceof Float) return compareFloating(a.value, (b as Double | Float).value);
  if (a instanceof Uuid || a instanceof Versionstamp) return Buffer.compare(a.bytes, (b as Uuid | Versionstamp).bytes);
  if (Array.isArray(a)) return compareTuples(a as Tuple, b as Tuple);
  return typeof a === 'number' || typeof a === 'bigint' ? compareIntegers(a, b as number | bigint) : 0;
}

function kindOf(element: TupleElement): number {
  const kinds = [
    element === null,
    element instanceof Uint8Array,
    typeof element === 'string',
    Array.isArray(element),
    typeof element === 'number' || typeof element === 'bigint',
    element instanceof Float,
    element instanceof Double,
    element === false,
    element === true,
    element instanceof Uuid,
    element instanceof Versionstamp,
  ];
  return kinds.indexOf(true);
}

function compareIntegers(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

/** -0 before 0, NaN last. */
function compareFloating(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a !== b) return a < b ? -1 : 1;
  return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
}
