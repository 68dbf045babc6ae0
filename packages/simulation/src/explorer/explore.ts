import { Random } from '../kernel/random.js';
import { checkModel } from './check-model.js';
import type { Choose } from './explorer-scheduler.js';
import { Model, type ModelOptions } from './model.js';
import { SuccessorCheck } from './successor-check.js';
import { areDependent, type Transition } from './transition.js';

/** After the last choice everything that is left happens in order, timers included, for so long. */
const SETTLE_MS = 40_000;

export interface ExploreOptions extends ModelOptions {
  /** Gives up, unfinished, after so many executions. */
  readonly executionsMax: number;
  /** Looks, wherever it comes to a known state by another way, whether the same follows from it as before. */
  readonly isChecked?: boolean | undefined;
}

export interface ExploreResult {
  readonly executions: number;
  /** Different states. */
  readonly states: number;
  /** Those of them in which nothing more could happen: from each, all was healed and checked. */
  readonly ends: number;
  readonly steps: number;
  /** How often a known state was met again, and the same followed from it ({@link ExploreOptions.isChecked}). */
  readonly confirmed: number;
  /** Every order of events was tried. */
  readonly isComplete: boolean;
  readonly violation?: { readonly choices: readonly string[]; readonly failures: readonly string[] } | undefined;
}

/** A state on the way, and what is still to be tried there. */
interface Visit {
  readonly chosen: Transition;
  readonly todo: Transition[];
  /** What need not be tried here: from an earlier state, or from this one, it was, and nothing since depends on it. */
  readonly asleep: readonly Transition[];
}

/** Tries every order of events by running the model again and again, each time with another sequence of choices: depth first. */
export async function explore(options: ExploreOptions, onProgress?: (result: ExploreResult) => void): Promise<ExploreResult> {
  return await new Exploration(options).run(onProgress);
}

/** Runs one sequence of choices again. */
export async function replay(options: ModelOptions, choices: readonly string[]): Promise<readonly string[]> {
  let at = 0;
  const model = await started(options);
  await model.scheduler.run((transitions) => {
    const choice = choices[at++];
    return transitions.find(({ label }) => label === choice);
  }, 0);
  return await settle(model);
}

/**
 * A depth-first search that goes on from no state twice, with sleep sets (Godefroid, "Partial-Order Methods for the Verification of
 * Concurrent Systems", 1996): of transitions that commute, one order is tried.
 */
class Exploration {
  readonly #options: ExploreOptions;
  /** By state what was asleep there, and so was not tried. */
  readonly #known = new Map<string, readonly string[]>();
  readonly #path: Visit[] = [];
  readonly #check: SuccessorCheck | undefined;
  #executions = 0;
  #steps = 0;
  #ends = 0;

  constructor(options: ExploreOptions) {
    this.#options = options;
    if (options.isChecked === true) this.#check = new SuccessorCheck(new Random(1));
  }

  async run(onProgress?: (result: ExploreResult) => void): Promise<ExploreResult> {
    do {
      const failures = await this.#execute();
      if (failures.length > 0) {
        return this.#result({ violation: { choices: this.#path.map(({ chosen }) => chosen.label), failures } });
      }
      if (this.#executions % 1_000 === 0) onProgress?.(this.#result({}));
      if (!this.#backtrack()) return this.#result({ isComplete: true });
    } while (this.#executions < this.#options.executionsMax);
    return this.#result({});
  }

  #result(more: Partial<ExploreResult>): ExploreResult {
    const counts = { executions: this.#executions, states: this.#known.size, ends: this.#ends, steps: this.#steps };
    return { ...counts, confirmed: this.#check?.confirmed ?? 0, isComplete: false, ...more };
  }

  async #execute(): Promise<readonly string[]> {
    const model = await started(this.#options);
    let depth = 0;
    let isKnown = false;
    const choose: Choose = (transitions) => {
      const again = this.#path[depth++];
      if (again !== undefined) return this.#take(again.chosen, transitions);
      const state = model.digest();
      this.#check?.arrived(state);
      const chosen = isKnown ? undefined : this.#visit(state, transitions);
      isKnown ||= chosen === undefined;
      const next = chosen ?? this.#check?.choose(state, transitions);
      if (next !== undefined) this.#check?.leaves(state, next);
      return next;
    };
    await model.scheduler.run(choose, 0);
    this.#executions++;
    this.#steps += model.scheduler.steps;
    this.#check?.arrived(model.digest());
    if (isKnown || model.failures.length > 0) return model.failures;
    const state = model.digest();
    if (this.#known.has(state)) return [];
    this.#known.set(state, []);
    this.#ends++;
    return await settle(model);
  }

  #take(chosen: Transition, transitions: readonly Transition[]): Transition {
    const found = transitions.find(({ label }) => label === chosen.label);
    if (found === undefined) throw new Error(`The same choices led to another state: ${chosen.label} is not possible`);
    return found;
  }

  /** Comes to a state by a new way: answers what to try there, or undefined where all was tried before. */
  #visit(state: string, transitions: readonly Transition[]): Transition | undefined {
    const before = this.#path.at(-1);
    const asleep = before === undefined ? [] : before.asleep.filter((transition) => !areDependent(transition, before.chosen));
    const skippedBefore = this.#known.get(state);
    const wasTried = ({ label }: Transition): boolean => skippedBefore !== undefined && !skippedBefore.includes(label);
    const isAsleep = ({ label }: Transition): boolean => asleep.some((sleeper) => sleeper.label === label);
    const [chosen, ...todo] = transitions.filter((transition) => !wasTried(transition) && !isAsleep(transition));
    const stillAsleep = asleep.filter((transition) => !wasTried(transition));
    this.#known.set(
      state,
      stillAsleep.map(({ label }) => label),
    );
    if (chosen !== undefined) this.#path.push({ chosen, todo, asleep: stillAsleep });
    return chosen;
  }

  /** Goes back to the last state where something is left to try. */
  #backtrack(): boolean {
    for (let visit = this.#path.pop(); visit !== undefined; visit = this.#path.pop()) {
      const { chosen, todo, asleep } = visit;
      const next = todo.shift();
      if (next === undefined) continue;
      // Harm, and that none is done, exclude each other.
      const canSleep = chosen.touches.length > 0;
      this.#path.push({ chosen: next, todo, asleep: canSleep ? [...asleep, chosen] : asleep });
      return true;
    }
    return false;
  }
}

async function started(options: ModelOptions): Promise<Model> {
  const model = new Model(options);
  await model.open();
  model.start();
  return model;
}

async function settle(model: Model): Promise<readonly string[]> {
  model.heal();
  await model.scheduler.run(([first]) => first, SETTLE_MS);
  return checkModel(model);
}
