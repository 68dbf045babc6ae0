import type { VersionTable } from '../history/versions.js';
import type { Scalar } from '../operation.js';

/** How many of a list's last elements are shown. */
const SHOWN = 8;

/** `T` and a transaction's number, from 0 in the order of completion. */
export function nameOf(transaction: number): string {
  return `T${transaction}`;
}

export function keyText(key: Scalar): string {
  return String(key);
}

export function scalarText(value: Scalar | null): string {
  return value === null ? 'nil' : String(value);
}

/** `[1 2 3]`; of a long list only its end. */
export function listText(list: readonly Scalar[]): string {
  const shown = list.slice(-SHOWN).map(String).join(' ');
  return list.length > SHOWN ? `[… ${shown}]` : `[${shown}]`;
}

/** `version 3`, or `the initial version`. */
export function versionText(versions: VersionTable, version: number): string {
  return versions.isInitial(version) ? 'the initial version' : `version ${scalarText(versions.valueOf(version))}`;
}
