import type { Command } from 'commander';
import { readLayout, writeLayout } from '../data-folder/index.js';
import { printJson } from '../output/io.js';
import { chosenFile, DEFAULT_DATA } from './chosen-config.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

const MORE = `
The shard must own nothing: see panda drain and panda migrate. If it holds the catalog, that is moved to another shard first. A data folder
forgets the shard by itself. Take it out of a configuration file before the database is opened again, or it is added again; and take out
splits, which belong to the shards that the database was created with.

Examples:
  panda remove s1 --config panda.config.yaml`;

export function addRemove(program: Command, context: Context): void {
  addChoiceOptions(program.command('remove <shard>').description('Remove a shard that owns nothing.'))
    .addOption(jsonOption())
    .addHelpText('after', MORE)
    .action((shard: string, options: DataOptions) => remove(shard, options, context));
}

async function remove(shard: string, { json, ...choice }: DataOptions, { io }: Context): Promise<void> {
  const ids = await withDatabase(choice, async (database) => {
    await database.movesCleaned();
    await database.removeShard(shard);
    return (await database.shards()).map(({ id }) => id);
  });
  const file = chosenFile(choice);
  if (file === undefined) await forget(choice.data ?? DEFAULT_DATA, shard);
  if (json) await printJson(io, { ok: true, shards: ids });
  else await io.print(`The shards are ${ids.join(', ')} now.${file === undefined ? '' : ` Take ${shard} out of ${file}.`}\n`);
}

async function forget(folder: string, shard: string): Promise<void> {
  const { splits: _, ...layout } = await readLayout(folder);
  await writeLayout(folder, { ...layout, shards: layout.shards.filter(({ id }) => id !== shard) });
}
