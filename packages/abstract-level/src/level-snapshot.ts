import type { Snapshot } from '@pandakv/core';
import { AbstractSnapshot } from 'abstract-level';

/** The declarations leave out that the constructor takes the owner, the database that closes the snapshot. */
const Base = AbstractSnapshot as unknown as new (options: object) => AbstractSnapshot;

/** An explicit snapshot: a timestamp, which holds nothing open. */
export class LevelSnapshot extends Base {
  readonly taken: Snapshot;

  constructor(taken: Snapshot, options: object) {
    super(options);
    this.taken = taken;
  }
}
