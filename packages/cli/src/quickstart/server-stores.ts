import { PandaError, type EnginePlugin } from '@pandakv/core';
import type { KeyRange } from '@pandakv/core/engine';
import { expandEnvironment, type Variables } from '../config/index.js';
import type { LayoutShard } from '../data-folder/index.js';

const EVERYTHING: KeyRange = { start: new Uint8Array(0) };
const PAGE = { limit: 2_000, maxBytes: 1024 * 1024 };

/**
 * Makes sure that the stores of shards on servers are empty. With `fresh`, what an earlier quickstart left there is deleted; else
 * it is left, and this fails with `InvalidArgument`.
 */
export async function emptyServerStores(shards: readonly LayoutShard[], variables: Variables, fresh: boolean): Promise<void> {
  for (const shard of shards) await emptyStore(shard, variables, fresh);
}

async function emptyStore({ id, engine }: LayoutShard, variables: Variables, fresh: boolean): Promise<void> {
  const { plugin } = (await import(engine.package)) as { readonly plugin: EnginePlugin };
  const store = await plugin.open(expandEnvironment(engine.options, variables, `Shard '${id}'`));
  try {
    let left: KeyRange | undefined = EVERYTHING;
    while (left !== undefined) {
      const { entries, rest } = await store.scan(left, PAGE);
      if (entries.length === 0) return;
      if (!fresh) {
        const what = `what an earlier quickstart has left there for its shard '${id}'`;
        throw new PandaError('InvalidArgument', `The server holds ${what}. Delete it with --fresh`);
      }
      await store.write({ deleteRanges: [{ start: left.start, end: rest?.start }] });
      left = rest;
    }
  } finally {
    await store.close();
  }
}
