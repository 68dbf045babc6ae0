import { CYCLE_SUFFIXES } from '../anomalies/anomaly-types.js';
import type { CycleStep } from '../anomalies/findings.js';
import { ClosingPath } from './closing-path.js';
import { classify, CYCLE_SHAPES, hasShape, splitType, type CycleShape } from './cycle-kinds.js';
import { EDGE } from './edge.js';
import { subgraph, type Graph } from './graph.js';
import { identityOf, kindsOf, rotated, simpleCycles } from './simple-cycles.js';
import { cyclicComponents, strongComponents, type Components } from './strong-components.js';

/** How many nodes all searches of one shape may visit in one component. */
const VISITS_PER_SHAPE = 2_000_000;
/** How many nodes all searches in a history may visit. */
const VISITS = 60_000_000;

/**
 * Looks in each strongly connected component for one short cycle of each shape.
 * @param transactions nodes from 0 to this are transactions
 * @param isWanted asked before each search: whether more cycles of that shape are of use
 * @param found called with each cycle once, begun with its first transaction
 * @returns false if some search was given up: there may be cycles of classes that are not reported
 */
export function searchCycles(
  graph: Graph,
  transactions: number,
  isWanted: (shape: CycleShape) => boolean,
  found: (cycle: readonly CycleStep[]) => void,
): boolean {
  const renumbering = new Int32Array(graph.nodes).fill(-1);
  let visits = 0;
  let isComplete = true;
  for (const nodes of cyclicComponents(strongComponents(graph, 0xff))) {
    const search = new ComponentSearch(subgraph(graph, nodes, renumbering), nodes, transactions);
    for (const shape of CYCLE_SHAPES) {
      if (!isWanted(shape) || search.hasPlainer(shape)) continue;
      if (visits > VISITS || !search.search(shape)) isComplete = false;
    }
    if (search.cycles.size === 0) search.findAny();
    visits += search.visits;
    for (const cycle of search.cycles.values()) found(cycle);
  }
  return isComplete;
}

class ComponentSearch {
  readonly cycles = new Map<string, CycleStep[]>();
  readonly #types = new Set<string>();
  readonly #paths: ClosingPath;
  readonly #isTransaction: (node: number) => boolean;

  constructor(
    private readonly graph: Graph,
    private readonly nodes: readonly number[],
    transactions: number,
  ) {
    this.#paths = new ClosingPath(graph);
    this.#isTransaction = (node) => nodes[node]! < transactions;
  }

  get visits(): number {
    return this.#paths.visits;
  }

  /** Whether a cycle of the same class was found that needs less: then this one says nothing more about the history. */
  hasPlainer({ type }: CycleShape): boolean {
    const [name, suffix] = splitType(type);
    const plainer = CYCLE_SUFFIXES.slice(0, CYCLE_SUFFIXES.indexOf(suffix)).map((each) => `${name}${each}`);
    return plainer.some((each) => this.#types.has(each));
  }

  /** False if it was given up. */
  search(shape: CycleShape): boolean {
    if (!this.#hasKinds(shape.first | shape.required)) return true;
    const components = strongComponents(this.graph, shape.allowed | EDGE.through);
    const withoutRw = shape.rule === 'one' ? strongComponents(this.graph, (shape.allowed & ~EDGE.rw) | EDGE.through) : undefined;
    const closed = new Set<number>();
    const limit = this.#paths.visits + VISITS_PER_SHAPE;
    for (let from = 0; from < this.graph.nodes; from++) {
      const component = components.componentOf[from]!;
      if (closed.has(component)) continue;
      if (this.#paths.visits > limit) return false;
      if (this.#searchFrom(from, shape, components, withoutRw)) closed.add(component);
    }
    return true;
  }

  #searchFrom(from: number, shape: CycleShape, { componentOf }: Components, withoutRw: Components | undefined): boolean {
    const { offsets, targets, kinds } = this.graph;
    for (let edge = offsets[from]!; edge < offsets[from + 1]!; edge++) {
      const to = targets[edge]!;
      if (kinds[edge] !== shape.first || componentOf[to] !== componentOf[from]) continue;
      // Components are in reverse topological order: from a lower one, a higher one is not reached.
      if (withoutRw !== undefined && withoutRw.componentOf[to]! < withoutRw.componentOf[from]!) continue;
      const walk = this.#paths.find(from, to, shape, componentOf);
      if (walk !== undefined && this.#keep(simpleCycles(walk, this.#isTransaction), shape)) return true;
    }
    return false;
  }

  /** Keeps the cycles of a walk; true if one is of the shape that was looked for. */
  #keep(cycles: readonly CycleStep[][], shape: CycleShape): boolean {
    let isOfShape = false;
    for (const local of cycles) {
      const cycle = rotated(local.map(({ from, to, kind }) => ({ from: this.nodes[from]!, to: this.nodes[to]!, kind })));
      this.cycles.set(identityOf(cycle), cycle);
      this.#types.add(classify(kindsOf(cycle)));
      isOfShape ||= hasShape(kindsOf(cycle), shape);
    }
    return isOfShape;
  }

  #hasKinds(wanted: number): boolean {
    return (this.graph.kinds.reduce((all, kind) => all | kind, 0) & wanted) === wanted;
  }

  /** Some cycle, whatever its shape. */
  findAny(): void {
    const all = EDGE.ww | EDGE.wr | EDGE.rw | EDGE.process | EDGE.realtime;
    const { offsets, targets, kinds } = this.graph;
    const componentOf = new Int32Array(this.graph.nodes);
    const from = this.nodes.findIndex((_, node) => this.#isTransaction(node));
    for (let edge = offsets[from]!; edge < offsets[from + 1]!; edge++) {
      const shape: CycleShape = { type: 'G2-item', first: kinds[edge]!, allowed: all, required: 0, rule: 'free' };
      const walk = this.#paths.find(from, targets[edge]!, shape, componentOf);
      if (walk !== undefined && this.#keep(simpleCycles(walk, this.#isTransaction), shape)) return;
    }
  }
}
