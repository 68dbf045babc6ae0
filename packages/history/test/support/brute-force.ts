import type { MicroOperation, Operation, Scalar } from '@pandakv/history';

interface Candidate {
  readonly steps: readonly MicroOperation[];
  readonly isOptional: boolean;
  readonly invoked: number;
  readonly completed: number;
}

/** Whether some order of the transactions explains every read. With `byTime`, what was completed earlier must come earlier. */
export function isSerializable(operations: readonly Operation[], byTime: boolean): boolean {
  return canGoOn(candidatesOf(operations), new Map(), byTime);
}

function candidatesOf(operations: readonly Operation[]): Candidate[] {
  const invoked = new Map<number, { position: number; steps: readonly MicroOperation[] }>();
  const candidates: Candidate[] = [];
  operations.forEach(({ type, process, value }, position) => {
    if (type === 'invoke') {
      invoked.set(process, { position, steps: value });
      return;
    }
    const invocation = invoked.get(process)!;
    if (type === 'fail') return;
    const isOptional = type === 'info';
    const steps = isOptional ? invocation.steps.filter(([f]) => f !== 'r') : value;
    candidates.push({ steps, isOptional, invoked: invocation.position, completed: isOptional ? Infinity : position });
  });
  return candidates;
}

function canGoOn(rest: readonly Candidate[], state: ReadonlyMap<Scalar, Scalar | readonly Scalar[]>, byTime: boolean): boolean {
  if (rest.every(({ isOptional }) => isOptional)) return true;
  return rest.some((next) => {
    if (byTime && rest.some((other) => other.completed < next.invoked)) return false;
    const after = apply(next.steps, state);
    if (after === undefined) return false;
    return canGoOn(
      rest.filter((other) => other !== next),
      after,
      byTime,
    );
  });
}

/** The state after a transaction; undefined if it cannot have read what it read. */
function apply(steps: readonly MicroOperation[], state: ReadonlyMap<Scalar, Scalar | readonly Scalar[]>) {
  const after = new Map(state);
  for (const step of steps) {
    const [f, key, value] = step;
    const current = after.get(key);
    if (f === 'append') after.set(key, [...((current ?? []) as readonly Scalar[]), value]);
    else if (f === 'w') after.set(key, value);
    else if (JSON.stringify(current ?? (Array.isArray(value) ? [] : null)) !== JSON.stringify(value)) return undefined;
  }
  return after;
}
