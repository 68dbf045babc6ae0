import type { CycleShape } from './cycle-kinds.js';
import { EDGE } from './edge.js';
import type { Graph } from './graph.js';

/** A state of the search says what the way so far holds: a second rw, the kind of its last edge, the required kind. */
const HAS_SECOND = 1;
const HAS_REQUIRED = 2;
const LAST_RW = 4;
const LAST_WR = 8;
const STATES = 16;

/** Where a way ends; the rest is found by following `parent`. */
export interface Walk {
  readonly nodes: readonly number[];
  /** Kind of the edge that leads on from each node. */
  readonly kinds: readonly number[];
}

/** Finds shortest ways back to where an edge begins, breadth first, over nodes and states. Nodes and states visited are counted. */
export class ClosingPath {
  visits = 0;
  readonly #metIn: Int32Array;
  readonly #parent: Int32Array;
  readonly #parentKind: Uint8Array;
  #round = 0;

  constructor(private readonly graph: Graph) {
    this.#metIn = new Int32Array(graph.nodes * STATES);
    this.#parent = new Int32Array(graph.nodes * STATES);
    this.#parentKind = new Uint8Array(graph.nodes * STATES);
  }

  /**
   * A closed walk of the shape that begins with the edge `from` → `to`, inside of `from`'s component.
   * It may pass a node twice, in different states.
   */
  find(from: number, to: number, shape: CycleShape, componentOf: Int32Array): Walk | undefined {
    this.#round += 1;
    const start = to * STATES + stateAfter(0, shape.first, shape);
    this.#metIn[start] = this.#round;
    this.#parent[start] = -1;
    let level = [start];
    while (level.length > 0) {
      const next: number[] = [];
      // Edges by which a node that is no transaction is left cost nothing: they are followed within the level.
      for (let i = 0; i < level.length; i++) {
        const end = this.#expand(level[i]!, from, shape, componentOf, level, next);
        if (end !== -1) return this.#walkOf(from, end, shape.first);
      }
      level = next;
    }
    return undefined;
  }

  /** Returns the visited pair that closes the walk, or -1. */
  #expand(at: number, goal: number, shape: CycleShape, componentOf: Int32Array, level: number[], next: number[]): number {
    const { offsets, targets, kinds } = this.graph;
    this.visits += 1;
    const node = Math.floor(at / STATES);
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
      const kind = kinds[edge]!;
      const target = targets[edge]!;
      if (componentOf[target] !== componentOf[goal]) continue;
      const state = nextState(at % STATES, kind, shape);
      if (state === -1) continue;
      if (target === goal && !mayClose(state, shape)) continue;
      const place = target * STATES + state;
      if (this.#metIn[place] === this.#round) continue;
      this.#metIn[place] = this.#round;
      this.#parent[place] = at;
      this.#parentKind[place] = kind;
      if (target === goal) return place;
      (kind === EDGE.through ? level : next).push(place);
    }
    return -1;
  }

  #walkOf(from: number, end: number, first: number): Walk {
    const nodes: number[] = [];
    const kinds: number[] = [];
    for (let at = end; this.#parent[at] !== -1; at = this.#parent[at]!) {
      nodes.push(Math.floor(this.#parent[at]! / STATES));
      kinds.push(this.#parentKind[at]!);
    }
    return { nodes: [from, ...nodes.reverse()], kinds: [first, ...kinds.reverse()] };
  }
}

function nextState(state: number, kind: number, shape: CycleShape): number {
  if (kind === EDGE.through) return state;
  if ((kind & shape.allowed) === 0) return -1;
  if (kind === EDGE.rw) {
    if (shape.rule === 'one' || shape.rule === 'none') return -1;
    if (shape.rule === 'nonadjacent' && (state & LAST_RW) !== 0) return -1;
    if (shape.rule === 'after-wr' && (state & LAST_WR) === 0) return -1;
    return stateAfter(state | HAS_SECOND, kind, shape);
  }
  return stateAfter(state, kind, shape);
}

/** Only what the rule asks for is kept, so that the search has no more states than it needs. */
function stateAfter(state: number, kind: number, shape: CycleShape): number {
  let next = state & (HAS_SECOND | HAS_REQUIRED);
  if ((kind & shape.required) !== 0) next |= HAS_REQUIRED;
  if (kind === EDGE.rw && shape.rule === 'nonadjacent') next |= LAST_RW;
  if (kind === EDGE.wr && shape.rule === 'after-wr') next |= LAST_WR;
  return next;
}

function mayClose(state: number, shape: CycleShape): boolean {
  if (shape.required !== 0 && (state & HAS_REQUIRED) === 0) return false;
  switch (shape.rule) {
    case 'none':
    case 'one':
    case 'free':
      return true;
    case 'any':
      return (state & HAS_SECOND) !== 0;
    case 'nonadjacent':
      return (state & HAS_SECOND) !== 0 && (state & LAST_RW) === 0;
    case 'after-wr':
      return (state & HAS_SECOND) !== 0 && (state & LAST_WR) !== 0;
  }
}
