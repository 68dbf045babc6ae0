import { systemEnvironment } from '@pandakv/core';
import { DEFAULT_SHARD_SETTINGS, openLeader, type Shard } from '@pandakv/core/shard';
import { plugin } from '@pandakv/engine-level';

/** Leads the shard s1 of a closed database on LevelDB, as if alone, and leaves it as the work has made it. */
export async function leaveBehind(folder: string, work: (s1: Shard) => Promise<void>): Promise<void> {
  const engine = await plugin.open({ location: `${folder}/s1` });
  const leader = await openLeader({
    id: 's1',
    engine,
    environment: systemEnvironment,
    settings: DEFAULT_SHARD_SETTINGS,
    peer: () => undefined,
    clockFloor: 0,
  });
  await work(leader);
  await leader.close();
}
