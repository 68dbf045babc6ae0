import type { Command } from 'commander';
import { EXIT } from '../output/errors.js';
import { printJson } from '../output/io.js';
import { checkSource } from '../quickstart/quickstart-folder.js';
import { resultTable } from '../quickstart/result.js';
import { DEFAULT_DATA } from './chosen-config.js';
import type { Context } from './context.js';
import { dataOption, jsonOption, nonEmpty, wholeNumber } from './options.js';

interface Given {
  readonly data: string;
  readonly fresh?: true;
  readonly json?: true;
  readonly concurrency: number;
  readonly moves: number;
  readonly readers: number;
}

const DEFAULT_SOURCE = '/usr';

const MORE = `
What it does, in a data folder of three LevelDB shards:
  1. imports the metadata (type, mode, size, times, link target) of every file below the directory, in many
     transactions at once, most of those that import subdirectories over several shards;
  2. moves directories between parents on different shards, a transaction each, while readers check in snapshots that
     everything is in exactly one place;
  3. closes the shards, opens them again, and compares every file to the disk.
The directory is only read. Symbolic links are not followed; the data folder and views of the kernel, like /proc, are
skipped. Files that change on disk meanwhile are counted as such.

Run it again to go on where it was interrupted, or to verify again. Exits with 0 only when everything is verified.

Examples:
  panda quickstart
  panda quickstart ~/photos --data /tmp/photos
  panda quickstart --fresh --json --moves 10000`;

export function addQuickstart(program: Command, context: Context): void {
  program
    .command('quickstart')
    .description('Try Panda: import a directory tree, move directories across shards, verify all of it.')
    .argument('[path]', 'the directory to import', nonEmpty, DEFAULT_SOURCE)
    .addOption(dataOption('the data folder').default(DEFAULT_DATA))
    .option('--fresh', 'start clean: delete what an earlier quickstart left in the data folder')
    .option('--concurrency <n>', 'transactions at once', wholeNumber(1, 1_024), 128)
    .option('--moves <n>', 'directories to move, over all runs', wholeNumber(0, 1_000_000_000), 2_000)
    .option('--readers <n>', 'tasks that check snapshots meanwhile', wholeNumber(0, 64), 4)
    .addOption(jsonOption('print the result as one line of JSON, the last; errors too'))
    .addHelpText('after', MORE)
    .action((path: string, given: Given) => quickstart(path, given, context));
}

async function quickstart(path: string, { json, ...given }: Given, { outcome, signal, io }: Context): Promise<void> {
  // Loaded only here: the other commands start faster without it.
  const { Quickstart } = await import('../quickstart/quickstart.js');
  const options = { ...given, fresh: given.fresh === true, source: await checkSource(path) };
  const result = await new Quickstart(options, signal, io.progress()).run();
  if (!result.ok) {
    outcome.exitCode = EXIT.failure;
    for (const problem of result.problems) io.note(`panda: ${problem}`);
  }
  if (json) await printJson(io, result);
  else await io.print(resultTable(result) + '\n');
}
