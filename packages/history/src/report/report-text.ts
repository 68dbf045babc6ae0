import type { AnomalySummary, CheckResult } from '../check.js';
import type { TransactionView } from './explain.js';

/** A result for people. */
export function reportText(result: CheckResult): string {
  const { ok, failed, unknown } = result.transactions;
  return [
    `${result.valid ? 'Valid' : 'Not valid'}: ${verdictOf(result)}`,
    `${ok + failed + unknown} transactions: ${ok} ok, ${failed} failed, ${unknown} of unknown outcome.`,
    ...(result.complete ? [] : ['The search for cycles was cut short: there may be types of cycles that are not listed.']),
    ...(result.not.length === 0 ? [] : [`Not: ${result.not.join(', ')}.`]),
    ...(result.alsoNot.length === 0 ? [] : [`Also not: ${result.alsoNot.join(', ')}.`]),
    ...result.anomalies.flatMap(anomalyLines),
    '',
  ].join('\n');
}

function verdictOf({ valid, consistency, anomalies }: CheckResult): string {
  if (!valid) return `the history is not ${consistency}.`;
  return anomalies.length === 0 ? 'no anomaly was found.' : `the anomalies that were found do not contradict ${consistency}.`;
}

function anomalyLines({ type, meaning, count, examples }: AnomalySummary): string[] {
  const shown = examples.length < count ? `; the first ${examples.length}` : '';
  return [
    '',
    `${type} (${count}${shown}): ${meaning}`,
    ...examples.flatMap(({ text, steps, transactions }) => [
      ...distinct(transactions).map((view) => `  ${transactionLine(view)}`),
      ...(steps.length === 0
        ? [`    ${text}`]
        : steps.map((step) => `    ${step.text}; so ${step.to} came after (${step.kind})`)),
    ]),
  ];
}

function distinct(transactions: readonly TransactionView[]): TransactionView[] {
  return [...new Map(transactions.map((view) => [view.name, view])).values()];
}

function transactionLine({ name, process, type, invoked, completed, operations }: TransactionView): string {
  return `${name} = process ${process}, operations ${invoked ?? '?'}–${completed ?? '?'}, ${type}: ${operations.join('; ')}`;
}
