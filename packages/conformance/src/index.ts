/**
 * Verifies that a storage engine keeps the contract of `@pandakv/core/engine`.
 */
export { engineConformance } from './engine-conformance.js';
export { AREAS } from './areas/index.js';
export { CLAUSES, type Clause, type ClauseId } from './clauses.js';
export type { Area, ConformanceTest } from './conformance-test.js';
export type { Address, EngineUnderTest, KillableServer, Store, ThroughProxy } from './engine-under-test.js';
export { pluginUnderTest, type PluginUnderTest } from './plugin-under-test.js';
export type { Counts, Report, ReportedArea, ReportedFailure, ReportedTest } from './report.js';
export { runConformance, type RunOptions } from './run-conformance.js';
export { ConformanceFailure, runTest, type TestResult } from './run-test.js';
export { TcpProxy } from './proxy/tcp-proxy.js';
