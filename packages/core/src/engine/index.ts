/**
 * The SPI: what Panda asks of a storage engine. Interfaces, limits and errors; no code that runs a database. Engine packages
 * and the conformance suite import this and nothing else of core.
 */
export type { Durability, EngineCapabilities } from './capabilities.js';
export type { Engine, EngineScanOptions, EngineScanPage, RangeEstimate } from './engine.js';
export { ENGINE_PLUGIN, type EnginePlugin, type EngineSource } from './engine-plugin.js';
export { GuardMismatch } from './guard-mismatch.js';
export type { KeyRange } from './key-range.js';
export { checkBatch, checkKeys, checkScan, isEmptyRange, restAfter, successor } from './checks.js';
export { SPI_LIMITS } from './limits.js';
export { chain, isPromise, type MaybePromise } from './maybe-promise.js';
export type { Entry, Guard, WriteBatch } from './write-batch.js';
export { ERROR_CODES, PandaError, type ErrorCode, type ErrorFacts } from '../errors/index.js';
