/** A whole cluster on a virtual clock, with faults, in one thread. */
export { PLANTED_BUGS, type PlantedBug } from './cluster/planted-bug.js';
export { FAULT_KINDS } from './limits.js';
export { simulate, type SimulationOptions, type SimulationResult, type Topology } from './simulate.js';
export { WORKLOADS, type WorkloadName } from './workload/workloads.js';
export { LAG_MS, NO_HARM, SCOPES } from './explorer/scopes.js';
export { explore, replay, type ExploreOptions, type ExploreResult } from './explorer/explore.js';
export { copyPlainData } from './network/plain-data.js';
export { shrink, type Shrunk } from './shrink.js';
export { Soak, type SoakRow } from './soak.js';
export { historyOf, judgeHistory } from './checker/judge-history.js';
export type { Attempt, Operation } from './workload/operation.js';
