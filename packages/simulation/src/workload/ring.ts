import { keyOf, type FinalState, type Workload } from './workload.js';

const NODES = 9;

/** Keys point to each other in one ring. Each transaction moves a node; whoever walks the ring must meet all nodes once. */
export function ring(): Workload {
  const nodes = Array.from({ length: NODES }, (_, at) => keyOf(at * 11, 'node'));
  const nextOf = (value: string | undefined): string | undefined => value?.split(':')[0];
  return {
    name: 'ring',
    async setUp(client) {
      await client.transact(async (tx) => {
        for (const [at, node] of nodes.entries()) tx.set(node, `${nodes[(at + 1) % NODES]!}:${client.unique()}`);
      });
    },
    async step(client) {
      await client.transact(async (tx) => {
        if (client.random.chance(0.2)) {
          const entries = await tx.scan('0', ':');
          const broken = whatIsBroken(new Map(entries));
          if (broken !== undefined) throw new Error(broken);
          return;
        }
        const before = client.random.pick(nodes);
        const moved = nextOf(await tx.get(before));
        if (moved === undefined) return;
        const after = nextOf(await tx.get(moved))!;
        const last = nextOf(await tx.get(after))!;
        tx.set(before, `${after}:${client.unique()}`);
        tx.set(after, `${moved}:${client.unique()}`);
        tx.set(moved, `${last}:${client.unique()}`);
      });
    },
    check(_history, final: FinalState) {
      const broken = whatIsBroken(final);
      return broken === undefined ? [] : [broken];
    },
  };

  function whatIsBroken(state: FinalState): string | undefined {
    // A clock may lag so far that this is a moment before the beginning.
    if (state.size === 0) return undefined;
    const met = new Set<string>();
    let node: string | undefined = nodes[0];
    while (node !== undefined && !met.has(node)) {
      met.add(node);
      node = nextOf(state.get(node));
    }
    return met.size === NODES && node === nodes[0] ? undefined : `ring: a walk met ${met.size} of ${NODES} nodes`;
  }
}
