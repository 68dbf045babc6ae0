import assert from 'node:assert/strict';

type Body = (t: Assertions) => unknown;

/**
 * What abstract-level's suite asks of its test runner: the part of tape's interface that it uses, over `node:assert`. As with tape, tests
 * run one after another, and a failed assertion is noted and does not end the test.
 */
export class SuiteRun {
  readonly failures: string[] = [];
  passed = 0;
  tests = 0;
  readonly #queue: { readonly name: string; readonly body: Body }[] = [];

  readonly test = (name: string, body: Body): void => {
    this.#queue.push({ name, body });
  };

  async run(): Promise<void> {
    for (const { name, body } of this.#queue) await this.#runOne(name, body);
  }

  async #runOne(name: string, body: Body): Promise<void> {
    this.tests++;
    const assertions = new Assertions();
    try {
      const result = body(assertions);
      if (result instanceof Promise) await result;
      await assertions.ended(result instanceof Promise);
    } catch (error) {
      assertions.failures.push(`threw ${String(error)}`);
    }
    this.passed += assertions.passed;
    this.failures.push(...assertions.failures.map((failure) => `${name}: ${failure}`));
  }
}

/** The argument of a test. */
class Assertions {
  readonly failures: string[] = [];
  passed = 0;
  #count = 0;
  #planned: number | undefined;
  #isEnded = false;
  #wake: () => void = () => undefined;

  plan(count: number): void {
    this.#planned = count;
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  pass(): void {
    this.#note('', () => undefined);
  }

  fail(message: string): void {
    this.#note(message, () => assert.fail());
  }

  ok(value: unknown, message?: string): void {
    this.#note(message, () => assert.ok(value));
  }

  is(actual: unknown, expected: unknown, message?: string): void {
    this.#note(message, () => assert.equal(actual, expected));
  }

  isNot(actual: unknown, expected: unknown, message?: string): void {
    this.#note(message, () => assert.notEqual(actual, expected));
  }

  same(actual: unknown, expected: unknown, message?: string): void {
    this.#note(message, () => assert.deepEqual(actual, expected));
  }

  throws(work: () => unknown, isExpected: (error: unknown) => boolean): void {
    this.#note('throws', () => assert.throws(work, isExpected));
  }

  doesNotThrow(work: () => unknown): void {
    this.#note('does not throw', () => assert.doesNotThrow(work));
  }

  /** When the test has ended: with its promise, if it has one, and with as many assertions as it has planned, if it has. */
  async ended(hadPromise: boolean): Promise<void> {
    while (!(this.#isEnded || (this.#planned === undefined ? hadPromise : this.#count >= this.#planned))) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#planned !== undefined && this.#count !== this.#planned) {
      this.failures.push(`${this.#count} assertions, and ${this.#planned} were planned`);
    }
  }

  #note(message: string | undefined, check: () => void): void {
    this.#count++;
    try {
      check();
      this.passed++;
    } catch (error) {
      this.failures.push(`${message ?? ''} ${String(error)}`);
    }
    this.#wake();
  }
}
