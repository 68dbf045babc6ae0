import type { Database, MoveInfo, MoveOptions } from '@pandakv/core';
import type { Command } from 'commander';
import { printJson } from '../output/io.js';
import { RangeMoveProgress } from '../output/move-progress.js';
import { RANGE_HEAD, rangeCells, rangeJson } from '../output/range-text.js';
import { table } from '../output/table.js';
import type { Context } from './context.js';
import { addChoiceOptions, hexOption, jsonOption, wholeNumber, type DataOptions } from './options.js';
import { addRangeOptions, rangeOf, type RangeOptions } from './range-options.js';
import { withDatabase } from './with-database.js';

interface PaceOptions {
  readonly bytesPerSecond?: number;
  readonly pauseMs?: number;
}

interface StartOptions extends RangeOptions, PaceOptions {
  readonly to: string;
}

const MORE = `
Rows are copied while clients read and write, compared, and then the shard changes in one step. A move that was interrupted stays written
down in the database: go on with it, or cancel it.

Examples:
  panda move start --prefix user/ --to s4
  panda move start --start a --end n --to s4 --bytes-per-second 10000000
  panda move status
  panda move resume r7
  panda move cancel r7`;

export function addMove(program: Command, context: Context): void {
  const move = program
    .command('move')
    .description('Move ranges of keys to another shard, of any engine.')
    .addHelpText('after', MORE);
  const start = addRangeOptions(move.command('start').description('Move keys to a shard. Splits where they begin and end.'));
  addPaceOptions(addChoiceOptions(start.requiredOption('--to <shard>', 'id of the shard')))
    .addOption(hexOption())
    .addOption(jsonOption())
    .action((options: StartOptions) =>
      run(options, context, (database, moveOptions) =>
        database.move(rangeOf(options), options.to, { ...moveOptions, ...paceOf(options) }),
      ),
    );
  addPaceOptions(addChoiceOptions(move.command('resume <range>').description('Go on with the move of a range, by its id.')))
    .addOption(jsonOption())
    .action((range: string, options: DataOptions & PaceOptions) =>
      run(options, context, (database, moveOptions) => database.resumeMove(range, { ...moveOptions, ...paceOf(options) })),
    );
  addChoiceOptions(move.command('cancel <range>').description('Give up the move of a range: it stays where it is.'))
    .addOption(jsonOption())
    .action((range: string, options: DataOptions) => run(options, context, (database) => database.cancelMove(range)));
  addChoiceOptions(move.command('status').description('Print the moves that have not ended.'))
    .addOption(jsonOption())
    .action((options: DataOptions) => printMoves(options, context));
}

export function addDrain(program: Command, context: Context): void {
  addPaceOptions(
    addChoiceOptions(
      program.command('drain <shard>').description('Move every range of a shard to others. It takes none any more.'),
    ),
  )
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  panda drain s1 --config panda.config.yaml')
    .action((shard: string, options: DataOptions & PaceOptions) =>
      run(options, context, (database, moveOptions) => database.drainShard(shard, { ...moveOptions, ...paceOf(options) })),
    );
}

function addPaceOptions(command: Command): Command {
  return command
    .option('--bytes-per-second <n>', 'the most that is copied in a second', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--pause-ms <n>', 'the longest that writes may wait at the change, in ms (default: 200)', wholeNumber(1, 60_000));
}

function paceOf({ bytesPerSecond, pauseMs }: PaceOptions): MoveOptions {
  return {
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(pauseMs === undefined ? {} : { pauseBudgetMs: pauseMs }),
  };
}

/** Does it, shows how far it is, and says what was moved. */
async function run(
  { json, ...choice }: DataOptions,
  { io, signal }: Context,
  work: (database: Database, options: MoveOptions) => Promise<void>,
): Promise<void> {
  const progress = await withDatabase(choice, async (database) => {
    const bytes = new Map((await database.rangeSizes()).map((range) => [range.id, range.bytes]));
    const shown = new RangeMoveProgress(io.progress(), bytes);
    const onProgress = (now: Parameters<typeof shown.show>[0]): void => {
      // Not the signal of the move, which would cancel it: an interrupted command can be gone on with.
      signal.throwIfAborted();
      shown.show(now);
    };
    try {
      await work(database, { onProgress });
      await database.movesCleaned();
    } finally {
      shown.stop();
    }
    return shown;
  });
  if (json) await printJson(io, { ok: true, ...progress.moved });
  else await io.print(`${progress.summary}\n`);
}

async function printMoves({ json, ...choice }: DataOptions, { io }: Context): Promise<void> {
  const moves = await withDatabase(choice, (database) => database.moves());
  if (json) await printJson(io, { ok: true, moves: moves.map(({ range, to }: MoveInfo) => ({ ...rangeJson(range), to })) });
  else if (moves.length === 0) await io.print('No range is moving.\n');
  else
    await io.print(
      `${table(
        [...RANGE_HEAD, 'to'],
        moves.map(({ range, to }) => [...rangeCells(range), to]),
      )}\n`,
    );
}
