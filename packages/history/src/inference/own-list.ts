import type { Scalar } from '../operation.js';
import { listText } from '../report/text.js';

export interface ListReadJudgement {
  /** What the list must have been, if the read contradicts what the transaction did before. */
  readonly expected?: string;
  /** What of the list others made; undefined where the read tells nothing that an earlier read did not. */
  readonly external?: readonly Scalar[];
}

/** What one transaction knows of one list by what it has read and appended so far. */
export class OwnList {
  #known: readonly Scalar[] | undefined;
  /** How many of the appended values came before `#known` was read. */
  #before = 0;
  readonly #appended: Scalar[] = [];

  append(value: Scalar): void {
    this.#appended.push(value);
  }

  read(list: readonly Scalar[]): ListReadJudgement {
    const known = this.#known;
    const since = this.#appended.slice(this.#before);
    this.#known = list;
    this.#before = this.#appended.length;
    const external = this.#withoutOwn(list);
    if (known === undefined) {
      if (list.length - external.length === this.#appended.length) return { external };
      return { expected: `a list that ends with ${this.#appended.map(String).join(' ')}`, external };
    }
    return isConcatenation(list, known, since) ? {} : { expected: listText([...known, ...since]), external };
  }

  #withoutOwn(list: readonly Scalar[]): readonly Scalar[] {
    let end = list.length;
    let own = this.#appended.length;
    while (own > 0 && end > 0 && list[end - 1] === this.#appended[own - 1]) {
      end -= 1;
      own -= 1;
    }
    return end === list.length ? list : list.slice(0, end);
  }
}

function isConcatenation(list: readonly Scalar[], head: readonly Scalar[], tail: readonly Scalar[]): boolean {
  if (list.length !== head.length + tail.length) return false;
  return head.every((value, i) => value === list[i]) && tail.every((value, i) => value === list[head.length + i]);
}
