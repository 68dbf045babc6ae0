import { GuardMismatch, PandaError } from '@pandakv/core/engine';
import { expect } from 'chai';
import { toOpenError, toPandaError } from '../dist/error-map.js';
import {
  administer,
  bytes,
  cleanUp,
  EVERYTHING,
  expectCode,
  get,
  hex,
  KINDS,
  newDatabase,
  open,
  openNew,
  scanAll,
} from './support.js';

const native = (facts: { errno?: number; code?: string }) => Object.assign(new Error('secret'), facts);

describe('Errors of the server and the driver', () => {
  const table: [error: unknown, code: string, message: RegExp, opening?: string][] = [
    [native({ errno: 1045 }), 'ShardUnavailable', /refused the user/, 'InvalidArgument'],
    [native({ errno: 1044 }), 'ShardUnavailable', /refused the user/, 'InvalidArgument'],
    [native({ errno: 1049 }), 'Corruption', /gone/, 'InvalidArgument'],
    [native({ errno: 1142 }), 'ShardUnavailable', /privilege/, 'InvalidArgument'],
    [native({ errno: 1040 }), 'ShardUnavailable', /no more connections/],
    [native({ errno: 1203 }), 'ShardUnavailable', /no more connections/],
    [native({ errno: 1213 }), 'ShardUnavailable', /lock/],
    [native({ errno: 1205 }), 'ShardUnavailable', /lock/],
    [native({ errno: 1021 }), 'ShardUnavailable', /no space/],
    [native({ errno: 1114 }), 'ShardUnavailable', /no space/],
    [native({ errno: 1290 }), 'ShardUnavailable', /read-only/],
    [native({ errno: 1836 }), 'ShardUnavailable', /read-only/],
    [native({ errno: 1153 }), 'ShardUnavailable', /max_allowed_packet/],
    [native({ errno: 1146 }), 'Corruption', /gone/],
    [native({ errno: 1712 }), 'Corruption', /damage/],
    [native({ errno: 1034 }), 'Corruption', /damage/],
    [native({ errno: 1053 }), 'ShardUnavailable', /shutting down/],
    [native({ errno: 1927 }), 'ShardUnavailable', /lost/],
    [native({ errno: 3159 }), 'ShardUnavailable', /TLS/, 'InvalidArgument'],
    [native({ errno: 9999 }), 'ShardUnavailable', /failed/],
    [native({ errno: -111, code: 'ECONNREFUSED' }), 'ShardUnavailable', /cannot be reached/],
    [native({ code: 'PROTOCOL_CONNECTION_LOST' }), 'ShardUnavailable', /lost/],
    [native({ code: 'ECONNRESET' }), 'ShardUnavailable', /lost/],
    [native({ code: 'ENOTFOUND' }), 'ShardUnavailable', /cannot be reached/],
    [native({ code: 'HANDSHAKE_NO_SSL_SUPPORT' }), 'ShardUnavailable', /TLS/, 'InvalidArgument'],
    [native({ code: 'HANDSHAKE_SSL_ERROR' }), 'ShardUnavailable', /certificate/],
    ['not even an error', 'ShardUnavailable', /failed/],
    [undefined, 'ShardUnavailable', /failed/],
  ];

  it('become errors of ours, with the original as the cause and nothing of its text', () => {
    for (const [error, code, message, opening = code] of table) {
      const translated = toPandaError(error) as PandaError;
      expect(translated).to.include({ name: 'PandaError', code });
      expect(translated.cause).to.equal(error);
      expect(translated.message).to.match(message).and.to.not.contain('secret');
      expect(toOpenError(error, 'there')).to.include({ code: opening, message: `${translated.message}: there` });
    }
  });

  it('stay as they are when they are ours, or bugs', () => {
    for (const error of [new PandaError('Closed', 'x'), new GuardMismatch(), new TypeError('bug')]) {
      expect(toPandaError(error)).to.equal(error);
      expect(toOpenError(error, 'there')).to.equal(error);
    }
  });
});

for (const kind of KINDS) {
  describe(`Failures on ${kind}`, () => {
    afterEach(cleanUp);

    it('at opening are told by what has to change: the user, the database, the server', async () => {
      const url = new URL(await newDatabase(kind));
      const changed = (change: (each: URL) => void) => {
        const copy = new URL(url);
        change(copy);
        return copy.href;
      };
      await expectCode('InvalidArgument', () => open({ url: changed((each) => (each.username = 'nobody')) }));
      await expectCode('InvalidArgument', () => open({ url: changed((each) => (each.pathname = '/nothing_there')) }));
      const error = await expectCode('ShardUnavailable', () => open({ url: changed((each) => (each.port = '1')) }));
      expect(error.message).to.match(/cannot be reached: table 'panda' of database/);
      await expectCode('ShardUnavailable', () => open({ socketPath: '/nothing/there.sock', database: 'x' }));
    });

    it('of a table that is dropped are damage; a privilege that is lost can come back', async () => {
      const url = await newDatabase(kind);
      const admin = await administer(url);
      const user = `u${Date.now()}`;
      const database = new URL(url).pathname.slice(1);
      await admin.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'pw'; GRANT ALL ON \`${database}\`.panda TO '${user}'@'%'`);
      try {
        const theirs = new URL(url);
        theirs.username = user;
        theirs.password = 'pw';
        const engine = await open({ url: theirs.href });
        await engine.write({ puts: [[bytes('k'), bytes('v')]] });
        await admin.query(`REVOKE INSERT ON \`${database}\`.panda FROM '${user}'@'%'`);
        const write = () => engine.write({ puts: [[bytes('k'), bytes('w')]] });
        expect((await expectCode('ShardUnavailable', write)).message).to.match(/privilege/);
        await admin.query(`GRANT INSERT ON \`${database}\`.panda TO '${user}'@'%'`);
        await write();
        await admin.query('DROP TABLE panda');
        await expectCode('Corruption', write);
        await expectCode('Corruption', () => engine.get([bytes('k')]));
        await expectCode('Corruption', () => engine.scan(EVERYTHING, { limit: 1, maxBytes: 1 }));
      } finally {
        await admin.query(`DROP USER '${user}'@'%'`);
      }
    });

    it('by a lock of somebody else end in time, change nothing, and leave the engine usable', async () => {
      const url = await newDatabase(kind);
      const engine = await open({ url, requestTimeoutMs: 4_000 });
      await engine.write({ puts: [[bytes('b'), bytes('old')]] });
      const admin = await administer(url);
      await admin.query("START TRANSACTION; UPDATE panda SET v='locked' WHERE k='b'");
      const began = Date.now();
      const error = await expectCode('ShardUnavailable', () =>
        engine.write({
          puts: [[bytes('b'), bytes('new')]],
          deletes: [bytes('x')],
          guard: { key: bytes('a'), expected: undefined, next: bytes('1') },
        }),
      );
      expect(error.cause).to.include({ errno: 1205 });
      expect(Date.now() - began).to.be.below(4_000);
      await admin.query('ROLLBACK');
      expect((await scanAll(engine)).map(([key]) => Buffer.from(key).toString())).to.deep.equal(['b']);
      await engine.write({ puts: [[bytes('b'), bytes('new')]] });
      expect(hex(await get(engine, bytes('b')))).to.equal(hex(bytes('new')));
    });

    it('in arguments are found before anything is sent', async () => {
      const engine = await openNew(kind);
      const long = new Uint8Array(2_601);
      for (const work of [
        () => engine.get([long]),
        () => engine.get([new Uint8Array(0)]),
        () =>
          engine.write({
            puts: [
              [bytes('a'), bytes('v')],
              [long, bytes('v')],
            ],
          }),
        () => engine.write({ puts: [[bytes('a'), new Uint8Array(4 * 1024 * 1024 + 1)]] }),
        () => engine.write({ puts: [[bytes('a'), 'v' as unknown as Uint8Array]] }),
        () => engine.scan(EVERYTHING, { limit: 0, maxBytes: 1 }),
        () => engine.scan(EVERYTHING, { limit: 1, maxBytes: Number.NaN }),
      ]) {
        await expectCode('InvalidArgument', work);
      }
      expect(await scanAll(engine)).to.deep.equal([]);
    });
  });
}
