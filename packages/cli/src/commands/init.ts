import { PandaError } from '@pandakv/core';
import type { Command } from 'commander';
import { createDataFolder, openDataFolder } from '../data-folder/index.js';
import { printJson, type Io } from '../output/io.js';
import type { Context } from './context.js';
import { configOption, jsonOption, nonEmpty, wholeNumber } from './options.js';
import { withDatabase } from './with-database.js';

interface InitOptions {
  readonly shards?: number;
  readonly config?: string;
  readonly json?: true;
}

const SHARDS_MAX = 64;

const EXAMPLES = `
Examples:
  panda init shop
  panda init shop --shards 3
  panda init --config panda.config.json`;

export function addInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('Make a data folder, with LevelDB shards that share the keyspace evenly by the first byte of the key.')
    .argument('[folder]', 'a folder that is empty, or not there yet', nonEmpty)
    .option('-s, --shards <n>', 'number of shards', wholeNumber(1, SHARDS_MAX))
    .addOption(configOption('make the database that a configuration file describes, instead of a data folder'))
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((folder: string | undefined, options: InitOptions) => init(folder, options, context));
}

async function init(folder: string | undefined, { shards, config, json }: InitOptions, { io }: Context): Promise<void> {
  if ((folder === undefined) === (config === undefined)) {
    throw new PandaError('InvalidArgument', 'Give a folder, or --config and no folder');
  }
  if (config === undefined) await initFolder(folder!, shards ?? 1, json, io);
  else if (shards === undefined) await initConfig(config, json, io);
  else throw new PandaError('InvalidArgument', '--shards does not go with --config: the file says which shards there are');
}

async function initConfig(file: string, json: true | undefined, io: Io): Promise<void> {
  const ids = await withDatabase({ config: file }, async (database) => (await database.status()).map(({ id }) => id));
  if (json) await printJson(io, { ok: true, config: file, shards: ids });
  else await io.print(`The database of '${file}' is there, with ${counted(ids.length)}.\n`);
}

function counted(shards: number): string {
  return `${shards} ${shards === 1 ? 'shard' : 'shards'}`;
}

async function initFolder(folder: string, shards: number, json: true | undefined, io: Io): Promise<void> {
  const ids = Array.from({ length: shards }, (_, at) => `s${at + 1}`);
  await createDataFolder(folder, {
    shards: ids.map((id) => ({ id, engine: { package: '@pandakv/engine-level', options: { location: id } } })),
  });
  await (await openDataFolder(folder)).close();
  if (json) await printJson(io, { ok: true, folder, shards: ids });
  else await io.print(`Made the data folder '${folder}' with ${counted(shards)}.\n`);
}
