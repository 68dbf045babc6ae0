import { Counters } from './kernel/counters.js';
import { simulate, type SimulationResult, type Topology } from './simulate.js';
import { WORKLOADS, type WorkloadName } from './workload/workloads.js';

export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as WorkloadName[];
const TOPOLOGIES: readonly Topology[] = ['embedded', 'nodes'];

export interface SoakRow {
  readonly workload: WorkloadName;
  readonly topology: Topology;
  seeds: number;
  failed: number;
  operations: number;
  commits: number;
  virtualMs: number;
}

/** Simulates seed after seed: each seed under all workloads in both topologies, for so long. */
export class Soak {
  readonly rows: readonly SoakRow[] = WORKLOAD_NAMES.flatMap((workload) =>
    TOPOLOGIES.map((topology) => ({ workload, topology, seeds: 0, failed: 0, operations: 0, commits: 0, virtualMs: 0 })),
  );
  readonly counters = new Counters();
  readonly failed: SimulationResult[] = [];
  readonly #firstSeed: number;

  constructor(firstSeed: number) {
    this.#firstSeed = firstSeed;
  }

  get seeds(): number {
    return this.rows.reduce((sum, row) => sum + row.seeds, 0);
  }

  /** @param isOver asked before each simulation. */
  async run(isOver: () => boolean, onResult: (result: SimulationResult) => void): Promise<void> {
    for (let seed = this.#firstSeed; ; seed++) {
      for (const row of this.rows) {
        if (isOver()) return;
        onResult(await this.#simulate(row, seed));
      }
    }
  }

  async #simulate(row: SoakRow, seed: number): Promise<SimulationResult> {
    const { workload, topology } = row;
    const result = await simulate({ seed, workload, topology });
    row.seeds++;
    row.operations += result.operations;
    row.commits += result.commits;
    row.virtualMs += result.virtualMs;
    this.counters.addAll(result.counters);
    if (result.failures.length > 0) {
      row.failed++;
      this.failed.push(result);
    }
    return result;
  }
}
