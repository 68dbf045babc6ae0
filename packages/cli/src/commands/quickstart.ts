import { PandaError } from '@pandakv/core';
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT } from '../output/errors.js';
import { printJson } from '../output/io.js';
import { ConfigTarget } from '../quickstart/config-target.js';
import {
  ENGINE_NAMES,
  isServerEngine,
  parseEngines,
  URL_VARIABLES,
  withUrls,
  type QuickstartEngine,
  type ServerEngine,
} from '../quickstart/quickstart-engines.js';
import { checkSource, FolderTarget } from '../quickstart/quickstart-folder.js';
import { resultTable } from '../quickstart/result.js';
import type { Target } from '../quickstart/target.js';
import { startServers } from '../quickstart/testbed.js';
import { DEFAULT_DATA } from './chosen-config.js';
import type { Context } from './context.js';
import { configOption, dataOption, jsonOption, nonEmpty, wholeNumber } from './options.js';

interface Given {
  readonly data?: string;
  readonly config?: string;
  readonly engine?: readonly QuickstartEngine[];
  readonly url?: ReadonlyMap<ServerEngine, string>;
  readonly testbed?: true;
  readonly fresh?: true;
  readonly json?: true;
  readonly concurrency: number;
  readonly moves: number;
  readonly readers: number;
}

const DEFAULT_SOURCE = '/usr';

const MORE = `
What it does, in one database over three LevelDB shards, or over the engines that you choose:
  1. imports the metadata (type, mode, size, times, link target) of every file below the directory, in many
     transactions at once, most of those that import subdirectories over several shards;
  2. moves directories between parents on different shards, a transaction each, while readers check in snapshots that
     everything is in exactly one place;
  3. adds a fourth shard meanwhile, of another engine where there is one (SQLite beside LevelDB), and gives it its share of everything
     (not with --config, where the file says which shards there are);
  4. closes the shards, opens them again, and compares every file to the disk.
The directory is only read. Symbolic links are not followed; the data folder and views of the kernel, like /proc, are
skipped. Files that change on disk meanwhile are counted as such.

Shards of level and sqlite are in the data folder. Those of mysql, mariadb and postgres are tables panda_quickstart_* on a server
that --url names, or PANDA_MYSQL_URL, PANDA_MARIADB_URL or PANDA_POSTGRES_URL in the environment. With fewer than three engines, the
list is gone through again until there are three shards.

Run it again to go on where it was interrupted, or to verify again. Exits with 0 only when everything is verified.

Examples:
  panda quickstart
  panda quickstart ~/photos --data /tmp/photos
  panda quickstart --fresh --json --moves 10000
  panda quickstart --engine level,sqlite,mysql,postgres --testbed --fresh
  panda quickstart --engine level,postgres --url postgres=postgres://me@127.0.0.1/shop`;

export function addQuickstart(program: Command, context: Context): void {
  program
    .command('quickstart')
    .description('Try Panda: import a directory tree, move directories across shards, verify all of it.')
    .argument('[path]', 'the directory to import', nonEmpty, DEFAULT_SOURCE)
    .addOption(dataOption(`the data folder (default: ${DEFAULT_DATA})`))
    .addOption(configOption('work on the shards of a configuration file instead, which hold nothing else'))
    .option('--engine <list>', `engines of the shards, one shard each: ${ENGINE_NAMES.join(', ')} (default: level)`, parseEngines)
    .option('--url <engine=url>', "an engine's connection string; may be repeated", addUrl)
    .option('--testbed', 'start the servers that the engines need, and end them afterwards')
    .option('--fresh', 'start clean: delete what an earlier quickstart left in the data folder')
    .option('--concurrency <n>', 'transactions at once', wholeNumber(1, 1_024), 128)
    .option('--moves <n>', 'directories to move, over all runs', wholeNumber(0, 1_000_000_000), 2_000)
    .option('--readers <n>', 'tasks that check snapshots meanwhile', wholeNumber(0, 64), 4)
    .addOption(jsonOption('print the result as one line of JSON, the last; errors too'))
    .addHelpText('after', MORE)
    .action((path: string, given: Given) => quickstart(path, given, context));
}

function addUrl(text: string, before: ReadonlyMap<ServerEngine, string> = new Map()): ReadonlyMap<ServerEngine, string> {
  const [, engine = '', url = ''] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  if (!isServerEngine(engine))
    throw new InvalidArgumentError(`It must be ENGINE=URL, for ${Object.keys(URL_VARIABLES).join(', ')}.`);
  return new Map([...before, [engine, url]]);
}

/** Takes no part of a data folder's choices where there is a configuration file. */
function targetOf({ data, config, engine, url, testbed, fresh }: Given): Target {
  if (config === undefined) {
    return new FolderTarget(data ?? DEFAULT_DATA, { fresh: fresh === true, engines: engine, isTransient: testbed === true });
  }
  const other = Object.entries({ data, engine, url, testbed, fresh }).find(([, value]) => value !== undefined);
  if (other !== undefined) throw new PandaError('InvalidArgument', `--${other[0]} does not go with --config`);
  return new ConfigTarget(config);
}

async function quickstart(path: string, given: Given, { outcome, signal, io }: Context): Promise<void> {
  // Loaded only here: the other commands start faster without it.
  const { Quickstart } = await import('../quickstart/quickstart.js');
  const { concurrency, moves, readers, json } = given;
  const target = targetOf(given);
  const options = { concurrency, moves, readers, source: await checkSource(path) };
  const servers = given.testbed === undefined ? undefined : await startServers(given.engine ?? []);
  try {
    const variables = withUrls(process.env, new Map([...(given.url ?? []), ...(servers?.urls ?? [])]));
    const result = await new Quickstart(options, target, variables, signal, io.progress()).run();
    if (!result.ok) {
      outcome.exitCode = EXIT.failure;
      for (const problem of result.problems) io.note(`panda: ${problem}`);
    }
    if (json) await printJson(io, result);
    else await io.print(resultTable(result) + '\n');
  } finally {
    await servers?.close();
  }
}
