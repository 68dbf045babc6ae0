/**
 * Kinds of edges, as bits. An edge from T1 to T2 says that T1 must come before T2, because …
 * `through` leads on from a node that is not a transaction: it stands for the kind of edge by which that node was entered.
 */
export const EDGE = {
  /** … T2 wrote a version of a key after T1's. */
  ww: 1,
  /** … T2 read a version that T1 wrote. */
  wr: 2,
  /** … T1 read a version of a key that T2 wrote over (an anti-dependency). */
  rw: 4,
  /** … one process ran them in this order. */
  process: 8,
  /** … T1 was completed before T2 was invoked. */
  realtime: 16,
  through: 32,
} as const;

const NAMES = new Map(Object.entries(EDGE).map(([name, kind]) => [kind as number, name]));

export function edgeName(kind: number): string {
  return NAMES.get(kind) ?? String(kind);
}
