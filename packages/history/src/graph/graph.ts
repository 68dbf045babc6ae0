import { GrowableInt32, GrowableUint8 } from '../history/growable.js';

/** A directed graph in three arrays: the edges of node n are those from `offsets[n]` to `offsets[n + 1]`. */
export interface Graph {
  readonly nodes: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  /** Bits of `EDGE`, one an edge. */
  readonly kinds: Uint8Array;
}

/** Edges in any order, to become a graph. The first nodes are transactions; others are added as they are needed. */
export class GraphBuilder {
  #nodes: number;
  readonly #from = new GrowableInt32();
  readonly #to = new GrowableInt32();
  readonly #kind = new GrowableUint8();

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  addNode(): number {
    return this.#nodes++;
  }

  /** An edge from a node to itself says nothing, and is left out. */
  addEdge(from: number, to: number, kind: number): void {
    if (from === to) return;
    this.#from.push(from);
    this.#to.push(to);
    this.#kind.push(kind);
  }

  build(): Graph {
    const from = this.#from.view();
    const to = this.#to.view();
    const kind = this.#kind.view();
    const offsets = new Int32Array(this.#nodes + 1);
    for (const node of from) offsets[node + 1]! += 1;
    for (let node = 0; node < this.#nodes; node++) offsets[node + 1]! += offsets[node]!;
    const next = offsets.slice(0, this.#nodes);
    const targets = new Int32Array(to.length);
    const kinds = new Uint8Array(to.length);
    for (let edge = 0; edge < to.length; edge++) {
      const place = next[from[edge]!]!++;
      targets[place] = to[edge]!;
      kinds[place] = kind[edge]!;
    }
    return { nodes: this.#nodes, offsets, targets, kinds };
  }
}

/** The graph of some nodes and the edges between them, renumbered in the order given. */
export function subgraph(graph: Graph, nodes: ArrayLike<number>, renumbering: Int32Array): Graph {
  for (let i = 0; i < nodes.length; i++) renumbering[nodes[i]!] = i;
  const builder = new GraphBuilder(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const end = graph.offsets[nodes[i]! + 1]!;
    for (let edge = graph.offsets[nodes[i]!]!; edge < end; edge++) {
      const to = renumbering[graph.targets[edge]!]!;
      if (to !== -1) builder.addEdge(i, to, graph.kinds[edge]!);
    }
  }
  for (let i = 0; i < nodes.length; i++) renumbering[nodes[i]!] = -1;
  return builder.build();
}
