import type { Timestamp } from '../clock/index.js';
import { chain, isPromise, type MaybePromise } from '../engine/index.js';
import type { Key } from '../keys/index.js';
import type { CurrentRows } from './current-rows.js';
import { readHistory } from './history.js';
import type { RecentCommits } from './recent-commits.js';
import type { ShardContext } from './shard-context.js';
import type { ReadRequest } from './shard.js';
import type { Version } from './version.js';
import type { Visibility } from './visibility.js';

/** Reads of single keys. Trips to the engine: none when cached, one when not, one more where history is needed. */
export class PointReads {
  readonly #context: ShardContext;
  readonly #rows: CurrentRows;
  readonly #recent: RecentCommits;
  readonly #visibility: Visibility;

  constructor(context: ShardContext, rows: CurrentRows, recent: RecentCommits, visibility: Visibility) {
    this.#context = context;
    this.#rows = rows;
    this.#recent = recent;
    this.#visibility = visibility;
  }

  /** The versions at the request's timestamp, which the lease has admitted. */
  read(request: ReadRequest): MaybePromise<readonly Version[]> {
    const { keys } = request;
    const latest = request.latest === true;
    const timestamp = latest ? this.#context.clock.last : request.timestamp;
    if (keys.length === 1) return this.#readOne(request, keys[0]!, timestamp, latest);
    const versions: MaybePromise<Version>[] = [];
    const unknown: number[] = [];
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!;
      const obstacle = this.#visibility.obstacle(key, timestamp);
      if (obstacle !== undefined) return obstacle.then(() => this.read(request));
      const decided = this.#visibility.decided(key, timestamp);
      const cached = decided ?? this.#rows.cached(key);
      if (cached === undefined) unknown.push(at);
      else versions[at] = decided ?? this.#at(key, timestamp, cached, latest);
    }
    if (unknown.length === 0) return settled(versions);
    return chain(this.#rows.load(unknown.map((at) => keys[at]!)), (loaded) => {
      for (const [i, at] of unknown.entries()) versions[at] = this.#at(keys[at]!, timestamp, loaded[i]!, latest);
      return settled(versions);
    });
  }

  /** The same for one key, which is what most reads are, with nothing allocated on the way. */
  #readOne(request: ReadRequest, key: Key, timestamp: Timestamp, latest: boolean): MaybePromise<readonly Version[]> {
    const obstacle = this.#visibility.obstacle(key, timestamp);
    if (obstacle !== undefined) return obstacle.then(() => this.read(request));
    const decided = this.#visibility.decided(key, timestamp);
    if (decided !== undefined) return [decided];
    const cached = this.#rows.cached(key);
    const version =
      cached === undefined
        ? chain(this.#rows.loadOne(key), (loaded) => this.#at(key, timestamp, loaded, latest))
        : this.#at(key, timestamp, cached, latest);
    return isPromise(version) ? version.then((one) => [one]) : [version];
  }

  /** The version at `timestamp`, from the current one or, where that is newer or may have been deleted since, from history. */
  #at(key: Key, timestamp: Timestamp, current: Version, latest: boolean): MaybePromise<Version> {
    if (latest) return current.value === undefined ? { timestamp: this.#recent.lastCommit(key), value: undefined } : current;
    const isAbsent = current.value === undefined;
    if (!isAbsent && current.timestamp <= timestamp) return current;
    const deletedSince = timestamp < this.#recent.floor || this.#recent.lastCommit(key) > timestamp;
    return isAbsent && !deletedSince ? current : readHistory(this.#context.engine, key, timestamp);
  }
}

function settled(versions: MaybePromise<Version>[]): MaybePromise<readonly Version[]> {
  for (const version of versions) if (isPromise(version)) return Promise.all(versions.map(async (each) => await each));
  return versions as Version[];
}
