import type { DecideRequest, Decision, PrepareRequest, Shard, Vote } from '@pandakv/core/shard';
import { RemoteShard, type Transport } from '../network/remote-shard.js';

/** Bugs that can be planted in the model, each of which takes one protection of the protocol away. */
export const MODEL_BUGS = [
  /** An outcome is passed on before it is durable at the anchor. */
  'outcome-before-durable',
  /** A participant promises before its prepared row is durable. */
  'prepared-before-durable',
  /** A participant that has not prepared votes against, and accepts the prepare that comes late. */
  'vote-leaves-no-trace',
  /** Batches apply whatever their guard: a leader that was replaced still writes. */
  'guards-ignored',
] as const;

export type ModelBug = (typeof MODEL_BUGS)[number];

/** What coordinators call. */
export function stubOf(id: string, transport: Transport, bug: ModelBug | undefined): Shard {
  return bug === 'outcome-before-durable' ? new HastyShard(id, transport) : new RemoteShard(id, transport);
}

class HastyShard extends RemoteShard {
  override decide(request: DecideRequest): Promise<Decision> {
    void super.decide(request).catch(() => undefined);
    return Promise.resolve(request.decision);
  }
}

/** A leader as others find it. */
export function withBug(leader: Shard, bug: ModelBug | undefined): Shard {
  const overrides: Partial<Shard> =
    bug === 'prepared-before-durable'
      ? { prepare: (request) => prepareHastily(leader, request) }
      : bug === 'vote-leaves-no-trace'
        ? { vote: (transaction) => voteLightly(leader, transaction) }
        : {};
  return new Proxy(leader, {
    get(target, name) {
      const member: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

async function prepareHastily(leader: Shard, request: PrepareRequest): Promise<number> {
  void leader.prepare(request).catch(() => undefined);
  return (await leader.status()).clock;
}

async function voteLightly(leader: Shard, transaction: string): Promise<Vote> {
  const found = await leader.find(transaction);
  return found.state === 'none' ? { state: 'aborted' } : await leader.vote(transaction);
}
