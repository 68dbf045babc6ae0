import { expect } from 'chai';
import { bytes, cleanUp, KINDS, open, ownServer, scanAll } from './support.js';

const GUARD = bytes('m/guard');
const ROUNDS = 3;

for (const kind of KINDS) {
  describe(`When ${kind} is killed in the middle of writes`, () => {
    afterEach(cleanUp);

    it('what was acknowledged is there, the last batch whole or not at all, and the engine goes on', async () => {
      const server = await ownServer(kind);
      const engine = await open({ url: await server.createDatabase() });
      const numberOf = (value: Uint8Array | undefined) => (value === undefined ? 0 : Number(Buffer.from(value).toString()));
      let acknowledged = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const write = async (n: number) => {
          const next = bytes(String(n));
          await engine.write({
            guard: { key: GUARD, expected: n === 1 ? undefined : bytes(String(n - 1)), next },
            puts: Array.from({ length: 20 }, (_, i) => [bytes(`row/${i}`), Buffer.concat([next, Buffer.alloc(2_000)])]),
            deletes: round % 2 === 0 ? undefined : [bytes('gone')],
          });
          acknowledged = n;
        };
        const killed = new Promise((resolve) => setTimeout(resolve, 100 + round * 37)).then(async () => server.kill());
        let failure: unknown;
        while (failure === undefined) failure = await write(acknowledged + 1).then(undefined, (error: unknown) => error);
        await killed;
        expect(failure).to.include({ name: 'PandaError', code: 'ShardUnavailable' });
        await server.start();

        const rows = await scanAll(engine);
        const held = numberOf(rows.find(([key]) => Buffer.compare(key, GUARD) === 0)?.[1]);
        expect(held).to.be.oneOf([acknowledged, acknowledged + 1]);
        expect(rows.slice(1).map(([, value]) => parseInt(Buffer.from(value).toString('latin1'), 10))).to.deep.equal(
          Array.from({ length: 20 }, () => held),
        );
        acknowledged = held;
      }
    });
  });
}
