import { expect } from 'chai';
import { openDatabase, prefix, type Database, type Snapshot } from '@pandakv/core';
import { listed, text } from '../support/databases.js';
import { SEED, withSeed } from '../support/random.js';
import { storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const OPERATIONS = 250;
const SNAPSHOTS_MAX = 6;

const listOf = (model: ReadonlyMap<string, string>): string[] =>
  [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);

describe(`random operations between splits, merges and moves (PANDA_SEED=${SEED})`, () => {
  it('read what a sorted map has, at every snapshot, also after the database was opened again', async () => {
    await withSeed(async (random) => {
      const folder = tempFolder();
      let db: Database = await openDatabase(await storesOf(folder));
      const model = new Map<string, string>();
      const snapshots: { snapshot: Snapshot; timestamp: number; list: string[] }[] = [];
      const pick = (below: number): number => Math.floor(random() * below);
      const newKey = (): string => String.fromCharCode(97 + pick(26)) + String(pick(30)).padStart(2, '0');
      const write = async (at: number): Promise<void> => {
        await db.transact((transaction) => {
          for (let i = pick(6); i >= 0; i--) {
            const key = newKey();
            if (random() < 0.3) {
              transaction.delete(key);
              model.delete(key);
            } else {
              transaction.set(key, `${at}`);
              model.set(key, `${at}`);
            }
          }
        });
      };
      const starts = (): string[] => db.ranges().map(({ start }) => text(start)!);
      const merge = async (): Promise<void> => {
        const ranges = db.ranges();
        const at = ranges.findIndex(({ shard }, index) => index > 0 && shard === ranges[index - 1]!.shard);
        if (at > 0) await db.merge(ranges[at]!.start);
      };
      const move = async (): Promise<void> => {
        const { start, end } = db.ranges()[pick(starts().length)]!;
        await db.move({ start, ...(end === undefined ? {} : { end }) }, `s${1 + pick(3)}`);
      };
      const remember = (): void => {
        const snapshot = db.snapshot();
        snapshots.push({ snapshot, timestamp: snapshot.timestamp, list: listOf(model) });
        if (snapshots.length > SNAPSHOTS_MAX) snapshots.splice(pick(SNAPSHOTS_MAX), 1);
      };
      const look = async (): Promise<void> => {
        const name = String.fromCharCode(97 + pick(26));
        expect(await listed(db.scan(prefix(name)))).to.deep.equal(listOf(model).filter((entry) => entry.startsWith(name)));
        const key = newKey();
        expect(text(await db.get(key))).to.equal(model.get(key));
        for (const { timestamp, list } of snapshots.slice(0, 1)) {
          expect(
            await listed(db.snapshot(timestamp).scan({}, { reverse: random() < 0.5 })).then((all) => all.sort()),
          ).to.deep.equal(list);
        }
      };
      const reopen = async (): Promise<void> => {
        await db.close();
        db = await openDatabase(await storesOf(folder));
      };
      for (let at = 0; at < OPERATIONS; at++) {
        const dice = random();
        if (dice < 0.5) await write(at);
        else if (dice < 0.68) await look();
        else if (dice < 0.76) remember();
        else if (dice < 0.84) await (starts().length < 12 ? db.split(newKey()) : merge());
        else if (dice < 0.88) await merge();
        else if (dice < 0.98) await move();
        else await reopen();
      }
      for (const { timestamp, list } of snapshots) expect(await listed(db.snapshot(timestamp).scan({}))).to.deep.equal(list);
      expect(await listed(db.scan({}))).to.deep.equal(listOf(model));
      await db.close();
    });
  }).timeout(180_000);
});
