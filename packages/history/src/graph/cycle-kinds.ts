import { CYCLE_SUFFIXES, type CycleClass, type CycleSuffix, type CycleType } from '../anomalies/anomaly-types.js';
import { EDGE } from './edge.js';

/** What a cycle is, by the kinds of its edges in order. */
export function classify(kinds: readonly number[]): CycleType {
  return `${classOf(kinds)}${suffixOf(kinds)}`;
}

function classOf(kinds: readonly number[]): CycleClass {
  const antiDependencies = kinds.filter((kind) => kind === EDGE.rw).length;
  if (antiDependencies === 0) return kinds.includes(EDGE.wr) ? 'G1c' : 'G0';
  if (antiDependencies === 1) return 'G-single';
  return kinds.some((kind, i) => kind === EDGE.rw && kinds[(i + 1) % kinds.length] === EDGE.rw) ? 'G2-item' : 'G-nonadjacent';
}

function suffixOf(kinds: readonly number[]): CycleSuffix {
  if (kinds.includes(EDGE.realtime)) return '-realtime';
  return kinds.includes(EDGE.process) ? '-process' : '';
}

/** Two readers, each of which saw (by `wr`) a write and missed the other's: every `rw` comes right after a `wr`. */
export function isLongFork(kinds: readonly number[]): boolean {
  if (classify(kinds) !== 'G-nonadjacent') return false;
  return kinds.every((kind, i) => kind !== EDGE.rw || kinds[(i + kinds.length - 1) % kinds.length] === EDGE.wr);
}

/**
 * Which anti-dependencies a cycle that is looked for may have, beside the one that it begins with. `any` asks for a second one,
 * `free` does not care.
 */
export type AntiDependencyRule = 'none' | 'one' | 'nonadjacent' | 'after-wr' | 'any' | 'free';

/** A way to look for cycles: it begins with an edge of kind `first`, goes on by `allowed`, and has an edge of `required`. */
export interface CycleShape {
  readonly type: CycleType | 'long-fork';
  readonly first: number;
  readonly allowed: number;
  readonly required: number;
  readonly rule: AntiDependencyRule;
}

const { ww, wr, rw } = EDGE;

function shapesWith(suffix: CycleSuffix, extra: number): CycleShape[] {
  const dependencies = ww | wr | extra;
  return [
    { type: `G0${suffix}`, first: extra === 0 ? ww : extra, allowed: ww | extra, required: 0, rule: 'none' },
    { type: `G1c${suffix}`, first: wr, allowed: dependencies, required: extra, rule: 'none' },
    { type: `G-single${suffix}`, first: rw, allowed: dependencies | rw, required: extra, rule: 'one' },
    { type: `G-nonadjacent${suffix}`, first: rw, allowed: dependencies | rw, required: extra, rule: 'nonadjacent' },
    { type: `G2-item${suffix}`, first: rw, allowed: dependencies | rw, required: extra, rule: 'any' },
  ];
}

/** The shapes in the order in which they are looked for: without, then with the orders of processes and time. */
export const CYCLE_SHAPES: readonly CycleShape[] = [
  ...shapesWith('', 0),
  { type: 'long-fork', first: rw, allowed: ww | wr | rw, required: wr, rule: 'after-wr' },
  ...shapesWith('-process', EDGE.process),
  ...shapesWith('-realtime', EDGE.realtime),
];

/** The class and the suffix of a name; a long fork is a class of its own. */
export function splitType(type: CycleShape['type']): [string, CycleSuffix] {
  const suffix = CYCLE_SUFFIXES.find((candidate) => candidate !== '' && type.endsWith(candidate)) ?? '';
  return [type.slice(0, type.length - suffix.length), suffix];
}

export function hasShape(kinds: readonly number[], { type }: CycleShape): boolean {
  return type === 'long-fork' ? isLongFork(kinds) : classify(kinds) === type;
}
