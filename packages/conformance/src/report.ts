import type { EngineCapabilities } from '@pandakv/core/engine';
import type { Clause } from './clauses.js';
import type { Area } from './conformance-test.js';
import type { TestResult } from './run-test.js';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface ReportedTest {
  readonly name: string;
  readonly status: TestResult['status'];
  /** Milliseconds. */
  readonly ms: number;
  /** Why it was skipped. */
  readonly reason?: string;
  /** What was found, which clause that breaks, and what it would cost. */
  readonly failure?: { readonly finding: string } & Clause;
}

export interface ReportedArea extends Counts {
  readonly name: string;
  readonly title: string;
  readonly tests: readonly ReportedTest[];
}

/** What the suite found out about an engine. JSON can hold it. */
export interface Report extends Counts {
  readonly engine: string;
  readonly capabilities: EngineCapabilities;
  /** Of this package. */
  readonly suite: string;
  readonly node: string;
  readonly seed: number;
  readonly scale: number;
  /** Milliseconds. */
  readonly ms: number;
  readonly areas: readonly ReportedArea[];
  readonly failures: readonly ReportedFailure[];
}

export interface ReportedFailure extends Clause {
  readonly area: string;
  readonly test: string;
  readonly finding: string;
}

export function reportArea({ name, title }: Area, results: readonly TestResult[]): ReportedArea {
  return { name, title, ...countResults(results), tests: results.map(reportTest) };
}

function reportTest(result: TestResult): ReportedTest {
  const { name, status } = result;
  const test = { name, status, ms: Math.round(result.ms) };
  if (result.status === 'skipped') return { ...test, reason: result.reason };
  if (result.status === 'passed') return test;
  const { finding, clause } = result.failure;
  return { ...test, failure: { finding, ...clause } };
}

export function failuresOf(areas: readonly ReportedArea[]): ReportedFailure[] {
  return areas.flatMap((area) =>
    area.tests.flatMap(({ name, failure }) => (failure === undefined ? [] : [{ area: area.name, test: name, ...failure }])),
  );
}

function countResults(results: readonly TestResult[]): Counts {
  const count = (status: TestResult['status']) => results.filter((result) => result.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export function sumCounts(parts: readonly Counts[]): Counts {
  const sum = (name: keyof Counts) => parts.reduce((total, part) => total + part[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
