import type { Entry } from '@pandakv/core/engine';

export const EMPTY = new Uint8Array(0);
export const KIB = 1024;
export const MIB = 1024 * 1024;

/** One byte for each character. */
export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function equalBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

/** For messages: hex, shortened. */
export function show(value: Uint8Array | undefined): string {
  if (value === undefined) return 'nothing';
  if (!(value instanceof Uint8Array)) return `no Uint8Array but ${typeof value}`;
  if (value.length === 0) return 'an empty value';
  const hex = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, 24)).toString('hex');
  return value.length <= 24 ? hex : `${hex}… (${value.length} bytes)`;
}

export function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

export function byKey([a]: Entry, [b]: Entry): number {
  return compareBytes(a, b);
}

/** Filled with bytes that depend on the seed, and do not compress. */
export function noise(length: number, seed: number): Uint8Array {
  const result = Buffer.allocUnsafe(length);
  let state = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    result[i] = state >>> 24;
  }
  return result;
}
