import { checkModel } from './check-model.js';
import { Model, type ModelOptions } from './model.js';

/** After the last choice everything that is left happens in order, timers included, for so long. */
const SETTLE_MS = 40_000;

export interface ExploreOptions extends ModelOptions {
  /** Gives up, unfinished, after so many executions. */
  readonly executionsMax: number;
  /** No choice after so many steps: from there on events happen in the order in which they came about. */
  readonly depthMax: number;
}

export interface ExploreResult {
  readonly executions: number;
  /** Different states at which there was a choice. */
  readonly states: number;
  readonly steps: number;
  /** Every order of events was tried, as far as the depth goes. */
  readonly isComplete: boolean;
  /** Executions that were cut at {@link ExploreOptions.depthMax} with choices left. */
  readonly cut: number;
  readonly violation?: { readonly choices: readonly number[]; readonly failures: readonly string[] } | undefined;
}

interface ChoicePoint {
  readonly count: number;
  readonly chosen: number;
}

/** An execution came to a state from which everything was tried before. */
class Known extends Error {}

/** Tries every order of events by running the model again and again, each time with another sequence of choices: depth first. */
export async function explore(options: ExploreOptions): Promise<ExploreResult> {
  const known = new Set<string>();
  let executions = 0;
  let steps = 0;
  let cut = 0;
  let next: readonly number[] | undefined = [];
  while (next !== undefined && executions < options.executionsMax) {
    const { points, failures, isCut, stepCount } = await execute(options, next, known);
    executions++;
    steps += stepCount;
    if (isCut) cut++;
    const choices: number[] = points.map(({ chosen }) => chosen);
    if (failures.length > 0) {
      return { executions, states: known.size, steps, cut, isComplete: false, violation: { choices, failures } };
    }
    next = after(points);
  }
  return { executions, states: known.size, steps, cut, isComplete: next === undefined };
}

/** Runs one sequence of choices again. */
export async function replay(options: ExploreOptions, choices: readonly number[]): Promise<readonly string[]> {
  return (await execute(options, choices, new Set())).failures;
}

interface Execution {
  readonly points: readonly ChoicePoint[];
  readonly failures: readonly string[];
  readonly isCut: boolean;
  readonly stepCount: number;
}

async function execute(options: ExploreOptions, prefix: readonly number[], known: Set<string>): Promise<Execution> {
  const model = new Model(options);
  await model.open();
  model.start();
  const points: ChoicePoint[] = [];
  let isCut = false;
  const choose = (count: number): number => {
    if (count === 1) return 0;
    if (points.length >= options.depthMax) {
      isCut = true;
      return 0;
    }
    if (points.length >= prefix.length) {
      const { state } = model.scheduler;
      if (known.has(state)) throw new Known();
      known.add(state);
    }
    const chosen = prefix[points.length] ?? 0;
    points.push({ count, chosen });
    return chosen;
  };
  try {
    await model.scheduler.run(choose, 0);
  } catch (error) {
    if (!(error instanceof Known)) throw error;
    return { points, failures: model.failures, isCut, stepCount: model.scheduler.steps };
  }
  model.heal();
  await model.scheduler.run(() => 0, SETTLE_MS);
  return { points, failures: checkModel(model), isCut, stepCount: model.scheduler.steps };
}

/** The next sequence of choices: the last one that has another possibility takes it. */
function after(points: readonly ChoicePoint[]): readonly number[] | undefined {
  for (let at = points.length - 1; at >= 0; at--) {
    const { count, chosen } = points[at]!;
    if (chosen + 1 < count) return [...points.slice(0, at).map((point) => point.chosen), chosen + 1];
  }
  return undefined;
}
