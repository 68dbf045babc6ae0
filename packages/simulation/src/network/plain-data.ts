/**
 * A deep copy of plain data, as a message would carry it: buffers arrive as plain `Uint8Array`s. Anything else that is no plain
 * data (functions, classes, promises) is refused, where `structuredClone` would let some of it through.
 */
export function copyPlainData<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError(`A message cannot carry a ${typeof value}`);
    return value;
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copy);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('A message cannot carry an instance of a class');
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(value)) result[name] = copy((value as Record<string, unknown>)[name]);
  return result;
}
