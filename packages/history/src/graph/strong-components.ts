import type { Graph } from './graph.js';

/**
 * Strongly connected components. They are numbered in reverse topological order: an edge between two components leads to the
 * lower number.
 */
export interface Components {
  readonly count: number;
  /** By node. */
  readonly componentOf: Int32Array;
}

/** Tarjan's algorithm, without recursion, over the edges whose kind is in `mask`. */
export function strongComponents(graph: Graph, mask: number): Components {
  const search = new Search(graph, mask);
  for (let root = 0; root < graph.nodes; root++) search.visit(root);
  return { count: search.count, componentOf: search.componentOf };
}

class Search {
  count = 0;
  readonly componentOf: Int32Array;
  /** When a node was first met, from 1; 0 for one that was not. */
  readonly #met: Int32Array;
  /** The earliest node in the open component that is reached from a node. */
  readonly #low: Int32Array;
  readonly #nextEdge: Int32Array;
  readonly #path: Int32Array;
  readonly #open: Int32Array;
  #openCount = 0;
  #time = 0;

  constructor(
    private readonly graph: Graph,
    private readonly mask: number,
  ) {
    this.componentOf = new Int32Array(graph.nodes).fill(-1);
    this.#met = new Int32Array(graph.nodes);
    this.#low = new Int32Array(graph.nodes);
    this.#nextEdge = graph.offsets.slice(0, graph.nodes);
    this.#path = new Int32Array(graph.nodes);
    this.#open = new Int32Array(graph.nodes);
  }

  visit(root: number): void {
    if (this.#met[root] !== 0) return;
    const low = this.#low;
    const path = this.#path;
    let depth = 0;
    this.#enter(root, depth);
    while (depth >= 0) {
      const node = path[depth]!;
      const next = this.#follow(node);
      if (next !== -1) {
        depth += 1;
        this.#enter(next, depth);
        continue;
      }
      if (low[node] === this.#met[node]) this.#close(node);
      depth -= 1;
      if (depth >= 0 && low[node]! < low[path[depth]!]!) low[path[depth]!] = low[node]!;
    }
  }

  #enter(node: number, depth: number): void {
    this.#time += 1;
    this.#met[node] = this.#time;
    this.#low[node] = this.#time;
    this.#open[this.#openCount++] = node;
    this.#path[depth] = node;
  }

  /** Goes through the node's remaining edges up to one that leads to a node not met before; -1 if there is none. */
  #follow(node: number): number {
    const { offsets, targets, kinds } = this.graph;
    const end = offsets[node + 1]!;
    for (let edge = this.#nextEdge[node]!; edge < end; edge++) {
      if ((kinds[edge]! & this.mask) === 0) continue;
      const target = targets[edge]!;
      if (this.#met[target] === 0) {
        this.#nextEdge[node] = edge + 1;
        return target;
      }
      if (this.componentOf[target] === -1 && this.#met[target]! < this.#low[node]!) this.#low[node] = this.#met[target]!;
    }
    this.#nextEdge[node] = end;
    return -1;
  }

  #close(root: number): void {
    let node: number;
    do {
      node = this.#open[--this.#openCount]!;
      this.componentOf[node] = this.count;
    } while (node !== root);
    this.count += 1;
  }
}

/** The nodes of each component that has at least two. */
export function cyclicComponents({ count, componentOf }: Components): number[][] {
  const sizes = new Int32Array(count);
  for (const component of componentOf) sizes[component]! += 1;
  const members = new Map<number, number[]>();
  for (let node = 0; node < componentOf.length; node++) {
    const component = componentOf[node]!;
    if (sizes[component]! < 2) continue;
    const nodes = members.get(component);
    if (nodes === undefined) members.set(component, [node]);
    else nodes.push(node);
  }
  return [...members.values()];
}
