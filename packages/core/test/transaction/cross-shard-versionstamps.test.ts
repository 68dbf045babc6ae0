import { expect } from 'chai';
import { prefix, range, type Database, type Timestamp } from '@pandakv/core';
import { commitmentBy, versionstampOf, type PrepareRequest } from '@pandakv/core/shard';
import { text, threeShards } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { SEED, withSeed } from '../support/random.js';
import { newAttempt, newest, nowTimestamp, ROUTES, shardPair, writes, type ShardPair } from '../support/shards.js';

const NOTHING = Buffer.alloc(10);
const PLACE = '\xff'.repeat(10);
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

/** A log entry under a prefix, and the stamp in a value on another shard. */
async function append(db: Database, log: string, other: string, entry: string): Promise<{ stamp: string; at: Timestamp }> {
  return await db.transact(async (transaction) => {
    transaction.setVersionstampedKey({ key: Buffer.concat([Buffer.from(log), NOTHING]), offset: log.length }, entry);
    transaction.setVersionstampedValue(other, { value: NOTHING });
    const at = await transaction.commit();
    return { stamp: hex(transaction.versionstamp), at };
  });
}

async function logOf(db: Database, log: string): Promise<[stamp: string, entry: string][]> {
  const found: [string, string][] = [];
  for await (const [key, value] of db.scan(prefix(log))) found.push([hex(key.subarray(log.length)), text(value)!]);
  return found;
}

describe('versionstamps of transactions on several shards', () => {
  it('are the same wherever they are written, and told to whoever wrote them', async () => {
    const db = await threeShards();
    const { stamp, at } = await append(db, 'a/', 'x', 'entry');
    expect(await logOf(db, 'a/')).to.deep.equal([[stamp, 'entry']]);
    expect(hex(await db.get('x'))).to.equal(stamp);
    expect(['s1', 's3'].map((shard) => hex(Buffer.from(versionstampOf(at, shard), 'latin1')))).to.include(stamp);
    expect(await db.latestTimestamp(prefix('a/'))).to.equal(at);
  });

  it('are written without a transaction object, too', async () => {
    const db = await threeShards();
    const key = Buffer.concat([Buffer.from('a/'), NOTHING]);
    await db.write([
      { type: 'setVersionstampedKey', key, offset: 2, value: 'entry' },
      { type: 'setVersionstampedValue', key: 'x', value: NOTHING },
      { type: 'add', key: 'm', amount: 1 },
    ]);
    expect(await logOf(db, 'a/')).to.deep.equal([[hex(await db.get('x')), 'entry']]);
  });

  it(`differ and are ordered as the commits are, over all shards, while ranges move (PANDA_SEED=${SEED})`, () =>
    withSeed(async (random) => {
      const db = await threeShards();
      const logs = ['a/', 'm/', 'x/'];
      const known = new Map<string, { stamp: string; at: Timestamp }>();
      let seen = 0;
      const write = async (worker: number): Promise<void> => {
        for (let round = 0; round < 25; round++) {
          const entry = `${worker}/${round}`;
          const [log, other] = [0, 0].map(() => logs[Math.floor(random() * 3)]!) as [string, string];
          known.set(entry, await append(db, log, `${other[0]}-${entry}`, entry));
        }
      };
      /** What was seen once stays, and nothing comes before it. */
      const follow = async (): Promise<void> => {
        const before = new Map<string, string[]>();
        while (known.size < 200) {
          for (const log of logs) {
            const now = (await logOf(db, log)).map(([stamp]) => stamp);
            expect(now.slice(0, before.get(log)?.length ?? 0)).to.deep.equal(before.get(log) ?? []);
            before.set(log, now);
            seen += now.length;
          }
        }
      };
      const move = async (): Promise<void> => {
        await db.move(prefix('a/'), 's2');
        await db.move(range('m', 'n'), 's3');
        await db.move(prefix('a/'), 's1');
      };
      await Promise.all([follow(), move(), ...Array.from({ length: 8 }, (_, worker) => write(worker))]);
      const all = (await Promise.all(logs.map((log) => logOf(db, log)))).flat();
      expect(all.length).to.equal(200);
      for (const [stamp, entry] of all) expect(known.get(entry)!.stamp).to.equal(stamp);
      const byStamp = [...known.values()].sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
      expect(new Set(byStamp.map(({ stamp }) => stamp)).size).to.equal(200);
      for (const [at, one] of byStamp.entries()) if (at > 0) expect(one.at).to.be.at.least(byStamp[at - 1]!.at);
      expect(seen).to.be.greaterThan(0);
    }));

  it('are of the first of those who have promised most: another commit at the same time has the stamp of another clock', () => {
    expect(commitmentBy(['s1', 's2', 's3'], [7, 9, 9])).to.deep.equal({ committedAt: 9, stampedBy: 's2' });
    expect(commitmentBy(['s1', 's2'], [9, 8])).to.deep.equal({ committedAt: 9, stampedBy: 's1' });
    expect(versionstampOf(9, 's1')).to.not.equal(versionstampOf(9, 's2'));
    expect([versionstampOf(9, 's1'), versionstampOf(9, 's2')].every((stamp) => stamp < versionstampOf(10, 's3'))).to.equal(true);
  });

  it('do not conflict with each other: many append to one log, and none runs again', async () => {
    const db = await threeShards();
    await Promise.all(Array.from({ length: 50 }, (_, at) => append(db, 'a/', `x/${at}`, `${at}`)));
    expect((await logOf(db, 'a/')).length).to.equal(50);
    expect(db.statistics().retries).to.equal(0);
  });
});

describe('a prepared transaction that waits for its stamp', () => {
  let pair: ShardPair;
  beforeEach(async () => {
    pair = await shardPair();
  });

  const stampedKey = (transaction: string, more: Partial<PrepareRequest> = {}): PrepareRequest =>
    writes('s1', transaction, `a/${PLACE}`, 'entry', { stamps: [{ at: 0, part: 'key', offset: 2 }], ...more });
  const stampedValue = (transaction: string): PrepareRequest =>
    writes('s2', transaction, 'x', '0123456789', { stamps: [{ at: 0, part: 'value', offset: 0 }] });
  const scanOf = (timestamp: Timestamp) => ({
    routes: ROUTES.s1,
    span: { start: 'a/', end: 'a0' },
    timestamp,
    limit: 10,
    maxBytes: 1_000,
    reverse: false,
  });

  /** Prepared on both; the decision that follows. */
  async function prepareBoth(transaction: string) {
    const promises = await Promise.all([pair.s1.prepare(stampedKey(transaction)), pair.s2.prepare(stampedValue(transaction))]);
    return commitmentBy(['s1', 's2'], promises);
  }

  async function expectStamp({ committedAt, stampedBy }: { committedAt: Timestamp; stampedBy: string }): Promise<void> {
    const stamp = versionstampOf(committedAt, stampedBy);
    expect(await newest(pair.s1, 's1', `a/${stamp}`)).to.equal('entry');
    const [version] = await pair.s2.read({ routes: ROUTES.s2, keys: ['x'], timestamp: nowTimestamp(), latest: true });
    expect(Buffer.from(version!.value!).toString('latin1')).to.equal(stamp);
  }

  for (const anchor of ['s1', 's2'] as const) {
    it(`gets it by recovery after the leaders died, from those who promised (anchor ${anchor})`, async () => {
      const transaction = newAttempt();
      const participants = anchor === 's1' ? ['s1', 's2'] : ['s2', 's1'];
      const common = { anchor, participants };
      const promises = await Promise.all([
        pair.s1.prepare({ ...stampedKey(transaction), ...common }),
        pair.s2.prepare({ ...stampedValue(transaction), ...common }),
      ]);
      const decision = commitmentBy(participants, anchor === 's1' ? promises : [...promises].reverse());
      await pair.restart();
      await Promise.all([pair.s1.recover(), pair.s2.recover()]);
      await expectStamp(decision);
    });
  }

  it('gets the same by recovery as was told before, when leaders die between the outcome and its application', async () => {
    const transaction = newAttempt();
    const decision = await prepareBoth(transaction);
    await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
    await pair.restart();
    await Promise.all([pair.s1.recover(), pair.s2.recover()]);
    await expectStamp(decision);
  });

  it('keeps it when somebody wants it aborted whom the answer did not reach', async () => {
    const transaction = newAttempt();
    const decision = await prepareBoth(transaction);
    pair.s1.learn(transaction, decision.committedAt, decision.stampedBy);
    expect(await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] })).to.deep.equal(decision);
    await pair.restart();
    await Promise.all([pair.s1.recover(), pair.s2.recover()]);
    await expectStamp(decision);
  });

  it('is left alone by a leader that does not know yet that another one has applied it', async () => {
    const transaction = newAttempt();
    const decision = await prepareBoth(transaction);
    const { s1: deposedAnchor, s2: deposed } = pair;
    await pair.restart();
    await Promise.all([pair.s1.recover(), pair.s2.recover()]);
    const { committedAt } = decision;
    await failure(deposed.apply(transaction, { committedAt }), 'LeadershipLost');
    await failure(deposedAnchor.decide({ transaction, decision: { committedAt }, participants: ['s1', 's2'] }), 'LeadershipLost');
    await expectStamp(decision);
  });

  it('has readers of all that its key can be wait, and shows the key once it is decided', async () => {
    const transaction = newAttempt();
    const before = nowTimestamp() - 4_096;
    const decision = await prepareBoth(transaction);
    expect((await pair.s1.scan(scanOf(before))).entries).to.deep.equal([]);
    let waited = true;
    const scan = Promise.resolve(pair.s1.scan(scanOf(decision.committedAt))).finally(() => (waited = false));
    const key = `a/${versionstampOf(decision.committedAt, decision.stampedBy)}`;
    const read = pair.s1.read({ routes: ROUTES.s1, keys: [key], timestamp: decision.committedAt });
    await pair.s1.status();
    expect(waited).to.equal(true);
    pair.s1.learn(transaction, decision.committedAt, decision.stampedBy);
    expect((await scan).entries.map(([found]) => Buffer.from(found).toString('latin1'))).to.deep.equal([key]);
    expect((await read)[0]!.timestamp).to.equal(decision.committedAt);
    await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
    await pair.s2.apply(transaction, decision);
    await expectStamp(decision);
  });

  it('conflicts with those who have read where its key comes to lie', async () => {
    const [older, transaction, younger] = [newAttempt(), newAttempt(), newAttempt()];
    const reads = (attempt: string) =>
      writes('s1', attempt, 'b', '1', { readSpans: [{ start: 'a/', end: 'a0' }], readTimestamp: nowTimestamp() - 4_096 });
    const [late, early] = [reads(younger), reads(older)];
    const decision = await prepareBoth(transaction);
    await failure(pair.s1.prepare(late), 'Conflict');
    const waiting = failure(pair.s1.prepare(early), 'Conflict');
    await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
    await waiting;
    await pair.s2.apply(transaction, decision);
    await expectStamp(decision);
  });

  it('keeps others from writing a key that could be its own, and waits for those who have', async () => {
    const [transaction, younger, other] = [newAttempt(), newAttempt(), newAttempt()];
    const made = `a/${versionstampOf(nowTimestamp() + 4_096_000, 's9')}`;
    await prepareBoth(transaction);
    await failure(pair.s1.prepare(writes('s1', younger, made, 'made up')), 'Conflict');
    // Far behind all that it can be.
    await pair.s1.prepare(writes('s1', other, `a/${PLACE}`, 'made up'));
    await pair.s1.decide({ transaction: other, decision: {}, participants: ['s1', 's2'] });
    await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] });
    expect((await pair.s1.scan(scanOf(nowTimestamp()))).entries).to.deep.equal([]);
    await pair.s1.prepare(writes('s1', newAttempt(), made, 'made up'));
    await failure(pair.s1.prepare(stampedKey(newAttempt())), 'Conflict');
  });

  it('is not answered with a commit timestamp in place of a promise, when a prepare comes twice', async () => {
    const transaction = newAttempt();
    const decision = await prepareBoth(transaction);
    await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
    await pair.s2.apply(transaction, decision);
    await failure(pair.s1.prepare(stampedKey(transaction)), 'CommitUnknown');
    await failure(pair.s2.prepare(stampedValue(transaction)), 'CommitUnknown');
    await expectStamp(decision);
  });

  it('makes one key of two that turn out to be the same', async () => {
    const transaction = newAttempt();
    const request = stampedKey(transaction, {
      participants: ['s1'],
      writeKeys: [`a/${PLACE}`, `a/${PLACE}`],
      writeValues: [Buffer.from('first'), Buffer.from('second')],
      stamps: [0, 1].map((at) => ({ at, part: 'key', offset: 2 }) as const),
    });
    const committedAt = await pair.s1.prepare(request);
    await pair.s1.decide({ transaction, decision: { committedAt, stampedBy: 's1' }, participants: ['s1'] });
    expect(await newest(pair.s1, 's1', `a/${versionstampOf(committedAt, 's1')}`)).to.equal('second');
    expect((await pair.s1.scan(scanOf(committedAt))).entries.length).to.equal(1);
  });
});
