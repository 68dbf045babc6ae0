import { isSystemShardId } from '../catalog/index.js';
import type { Peer, Shard } from '../shard/index.js';

/** The system shard, for those who ask for it by an id of any place that it has ever had: it takes part by the id that it has now. */
export function systemPeer(shard: Shard): Peer {
  return {
    vote: (transaction) => shard.vote(transaction),
    apply: (transaction, decision) => shard.apply(transaction, decision),
    resolve: ({ transaction, participants }) =>
      shard.resolve({ transaction, participants: participants.map((id) => (isSystemShardId(id) ? shard.id : id)) }),
  };
}
