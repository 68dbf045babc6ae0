import { setTimeout } from 'node:timers/promises';
import { TcpProxy } from '@pandakv/conformance';
import { SEED } from '../random.js';
import { mixedStores, type Stores } from '../workloads/stores.js';
import { underFaults } from '../workloads/under-faults.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const CUTS = 24;
const REQUEST_TIMEOUT_MS = 1_000;

describe(`connections to database servers that break (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  const proxies: TcpProxy[] = [];
  let stores: Stores;
  before(async () => {
    stores = await mixedStores({
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      at: async ({ host, port }) => {
        const proxy = await TcpProxy.listen({ host, port });
        proxies.push(proxy);
        return proxy.address;
      },
    });
  });
  after(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await stores.close();
  });

  it('at any moment, before or after the work was done: histories stay strictly serializable, totals right', async () => {
    await underFaults(stores, CUTS, async (random) => {
      const proxy = proxies[Math.floor(random() * proxies.length)]!;
      await BREAKS[Math.floor(random() * BREAKS.length)]!(proxy, random);
    });
  });
});

/** Each leaves the proxy as it was. */
const BREAKS: readonly ((proxy: TcpProxy, random: () => number) => Promise<void>)[] = [
  async (proxy) => proxy.cutAll(),
  async (proxy, random) => await armed(proxy, () => proxy.cutAtRequest(1 + Math.floor(random() * 8))),
  async (proxy, random) => await armed(proxy, () => proxy.cutAtAnswer(1 + Math.floor(random() * 8))),
  async (proxy, random) => {
    proxy.refuse(true);
    await setTimeout(random() * 100);
    proxy.refuse(false);
  },
  async (proxy, random) => {
    proxy.silence(true);
    await setTimeout(random() * 100);
    proxy.silence(false);
  },
];

/** The answer to a write is cut off after the write was done, the request before: until that happened, or for some time. */
async function armed(proxy: TcpProxy, arm: () => void): Promise<void> {
  arm();
  await setTimeout(100);
  proxy.disarm();
}
