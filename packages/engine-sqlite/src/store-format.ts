import { PandaError } from '@pandakv/core/engine';

/** SQLite's `application_id` of our stores: 'Pnda'. */
export const APPLICATION_ID = 0x506e6461;

/** SQLite's `user_version` of the layout that this version writes, and the newest that it reads. */
export const FORMAT = 1;

/**
 * Rows in the tree of their keys, without a tree of rowids beside it: scans follow the order in the file, and a put changes
 * one tree. With pages of 8 KiB, eight rows of 1,000 bytes share a page.
 */
export const CREATE_TABLE = 'CREATE TABLE panda (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID';
export const PAGE_BYTES = 8_192;

/**
 * Returns if it is the marker of a store that this version can open.
 *
 * @throws PandaError `InvalidArgument` for what is not ours, or of a newer format
 */
export function checkMarker(applicationId: number, format: number, file: string): void {
  if (applicationId !== APPLICATION_ID) {
    throw new PandaError('InvalidArgument', `This is a SQLite database, but not a store of Panda's: ${file}`);
  }
  if (format > FORMAT) {
    throw new PandaError('InvalidArgument', `This store has format ${format}, this version reads up to ${FORMAT}: ${file}`);
  }
  if (format < 1) throw new PandaError('Corruption', `The store says no format: ${file}`);
}
