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
    for (const key of keys) {
      const obstacle = this.#visibility.obstacle(key, timestamp);
      if (obstacle !== undefined) return obstacle.then(() => this.read(request));
    }
    const decided = keys.map((key) => this.#visibility.decided(key, timestamp));
    const current = keys.map((key, at) => decided[at] ?? this.#rows.cached(key));
    const versionAt = (at: number): MaybePromise<Version> => decided[at] ?? this.#at(keys[at]!, timestamp, current[at]!, latest);
    const unknown = [...keys.keys()].filter((at) => current[at] === undefined);
    if (unknown.length === 0) return collect(keys.length, versionAt);
    return chain(this.#rows.load(unknown.map((at) => keys[at]!)), (loaded) => {
      for (const [i, at] of unknown.entries()) current[at] = loaded[i];
      return collect(keys.length, versionAt);
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

/** All versions, once there is one to wait for, without leaving any promise unheard: another one may fail, or throw, before it does. */
function collect(count: number, versionAt: (at: number) => MaybePromise<Version>): MaybePromise<readonly Version[]> {
  const versions: Version[] = [];
  for (let at = 0; at < count; at++) {
    const version = versionAt(at);
    if (isPromise(version)) {
      const rest = Array.from({ length: count - at - 1 }, async (_, i) => await versionAt(at + 1 + i));
      return Promise.all([...versions.map((one) => Promise.resolve(one)), version, ...rest]);
    }
    versions.push(version);
  }
  return versions;
}
