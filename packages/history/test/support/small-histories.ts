import type { HistoryModel, MicroOperation, Operation, Scalar } from '@pandakv/history';
import type { Random } from './random.js';

const KEYS = ['x', 'y'];

/**
 * A random history of a few transactions. Some are of a serial store, some have a read of it changed, and in the rest each read
 * shows a state of its key at some moment or other.
 */
export function smallHistory(model: HistoryModel, random: Random): Operation[] {
  const plans = planned(model, 2 + random.below(5), random);
  const order = shuffled(plans.keys(), random);
  const wildness = random.pick([0, 0.1, 0.3, 0.6]);
  const results = executed(model, plans, order, wildness, random);
  return scheduled(plans, results, random);
}

function planned(model: HistoryModel, count: number, random: Random): MicroOperation[][] {
  const next = new Map<string, number>();
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(3) }, (): MicroOperation => {
      const key = random.pick(KEYS);
      if (random.chance(0.5)) return ['r', key, null];
      const value = (next.get(key) ?? 0) + 1;
      next.set(key, value);
      return [model === 'list-append' ? 'append' : 'w', key, value];
    }),
  );
}

/** Runs them one after the other; with a probability, a read shows its key as it was at some other moment. */
function executed(
  model: HistoryModel,
  plans: readonly (readonly MicroOperation[])[],
  order: readonly number[],
  wildness: number,
  random: Random,
): MicroOperation[][] {
  const isList = model === 'list-append';
  const states = new Map<Scalar, (Scalar | null | Scalar[])[]>(KEYS.map((key) => [key, [isList ? [] : null]]));
  const results: MicroOperation[][] = plans.map(() => []);
  const mustRead: { result: MicroOperation[]; at: number; key: Scalar }[] = [];
  for (const i of order) {
    for (const step of plans[i]!) {
      const [f, key, value] = step;
      const history = states.get(key)!;
      const current = history.at(-1)!;
      if (f === 'append') history.push([...(current as Scalar[]), value]);
      else if (f === 'w') history.push(value);
      else if (random.chance(wildness)) mustRead.push({ result: results[i]!, at: results[i]!.length, key });
      results[i]!.push(f === 'r' ? ['r', key, current] : step);
    }
  }
  for (const { result, at, key } of mustRead) result[at] = ['r', key, random.pick(states.get(key)!)];
  return results;
}

/** Each gets a process of its own, or one of two; they begin and end in a random order. */
function scheduled(
  plans: readonly (readonly MicroOperation[])[],
  results: readonly (readonly MicroOperation[])[],
  random: Random,
): Operation[] {
  const operations: Operation[] = [];
  const open: number[] = [];
  const waiting = [...plans.keys()];
  const maxOpen = 1 + random.below(plans.length);
  while (waiting.length > 0 || open.length > 0) {
    if (waiting.length > 0 && open.length < maxOpen && random.chance(0.6)) {
      const i = waiting.shift()!;
      open.push(i);
      operations.push({ type: 'invoke', process: i, value: plans[i]! });
    } else if (open.length > 0) {
      const [i] = open.splice(random.below(open.length), 1);
      const type = random.chance(0.08) ? 'info' : random.chance(0.04) ? 'fail' : 'ok';
      operations.push({ type, process: i!, value: type === 'ok' ? results[i!]! : plans[i!]! });
    }
  }
  return operations;
}

function shuffled(items: Iterable<number>, random: Random): number[] {
  const rest = [...items];
  const result: number[] = [];
  // Mostly in the order given, which is the order of time.
  while (rest.length > 0) result.push(rest.splice(random.chance(0.7) ? 0 : random.below(rest.length), 1)[0]!);
  return result;
}
