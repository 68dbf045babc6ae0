import { expect } from 'chai';
import { administer, cleanUp, expectCode, KINDS, open, ownServer } from './support.js';

for (const kind of KINDS) {
  describe(`The durability declared on ${kind}`, () => {
    afterEach(cleanUp);

    it('is what the server is configured for when it is opened', async () => {
      const server = await ownServer(kind, { 'log-bin': 'panda-bin', 'server-id': '1', sync_binlog: '1' });
      const url = await server.createDatabase();
      const admin = await administer(url);
      const declared = async () => (await open({ url })).capabilities.durability;
      expect(await declared()).to.equal('synced');
      await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit=2');
      expect(await declared()).to.equal('process-crash');
      await admin.query('SET GLOBAL innodb_flush_log_at_trx_commit=1');
      await admin.query('SET GLOBAL sync_binlog=0');
      expect(await declared()).to.equal('process-crash');
      await admin.query("SET GLOBAL binlog_format='STATEMENT'");
      expect((await expectCode('InvalidArgument', () => open({ url }))).message).to.match(/STATEMENT/);
    });
  });
}
