import type { Key } from '../keys/index.js';
import type { RangeTransfer } from '../shard/index.js';

/** A request that stands for so many in a second. */
export interface SampledRequest {
  readonly key: Key;
  readonly load: number;
}

/** Requests of shards by key. Which shard was asked does not matter: the range may have been another's then. */
export async function sampleOf(shards: Iterable<string>, transfer: (shard: string) => RangeTransfer): Promise<SampledRequest[]> {
  const loads = await Promise.all([...new Set(shards)].map((shard) => transfer(shard).load()));
  return loads
    .flatMap(({ keys, perSecond }) => keys.map((key) => ({ key, load: perSecond / keys.length })))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Goes through requests beside spans, both in key order: each answer is those of the next span. */
export class RequestsBySpan {
  readonly #requests: readonly SampledRequest[];
  #at = 0;

  constructor(requests: readonly SampledRequest[]) {
    this.#requests = requests;
  }

  next({ start, end }: { readonly start: Key; readonly end?: Key | undefined }): SampledRequest[] {
    const requests = this.#requests;
    while (this.#at < requests.length && requests[this.#at]!.key < start) this.#at++;
    const from = this.#at;
    while (this.#at < requests.length && (end === undefined || requests[this.#at]!.key < end)) this.#at++;
    return requests.slice(from, this.#at);
  }
}
