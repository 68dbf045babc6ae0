import { Double, Float, Uuid, Versionstamp, type Tuple, type TupleElement } from '@pandakv/keys';

/** A tuple in a form whose parts can be compared deeply: an integer is one, whichever type holds it; floats are told from doubles. */
export function canonical(tuple: Tuple): unknown[] {
  return tuple.map(canonicalElement);
}

function canonicalElement(element: TupleElement): unknown {
  if (typeof element === 'number' || typeof element === 'bigint') return { integer: BigInt(element).toString() };
  if (element instanceof Uint8Array) return { bytes: Buffer.from(element).toString('hex') };
  if (element instanceof Double) return { double: numberOf(element.value) };
  if (element instanceof Float) return { float: numberOf(element.value) };
  if (element instanceof Uuid || element instanceof Versionstamp) return { [element.constructor.name]: element.toString() };
  return Array.isArray(element) ? canonical(element as Tuple) : element;
}

function numberOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
