import type { Command } from 'commander';
import { createDataFolder, openDataFolder } from '../data-folder/index.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { jsonOption, nonEmpty, wholeNumber } from './options.js';

interface InitOptions {
  readonly shards: number;
  readonly json?: true;
}

const SHARDS_MAX = 64;

export function addInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('Make a data folder, with LevelDB shards that share the keyspace evenly by the first byte of the key.')
    .argument('<folder>', 'a folder that is empty, or not there yet', nonEmpty)
    .option('-s, --shards <n>', 'number of shards', wholeNumber(1, SHARDS_MAX), 1)
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  panda init shop\n  panda init shop --shards 3')
    .action((folder: string, options: InitOptions) => init(folder, options, context));
}

async function init(folder: string, { shards, json }: InitOptions, { io }: Context): Promise<void> {
  const ids = Array.from({ length: shards }, (_, at) => `s${at + 1}`);
  await createDataFolder(folder, {
    shards: ids.map((id) => ({ id, engine: { package: '@pandakv/engine-level', options: { location: id } } })),
  });
  await (await openDataFolder(folder)).close();
  if (json) await printJson(io, { ok: true, folder, shards: ids });
  else await io.print(`Made the data folder '${folder}' with ${shards} ${shards === 1 ? 'shard' : 'shards'}.\n`);
}
