import type { Database, MigrationOptions, MigrationStatus } from '@pandakv/core';
import { InvalidArgumentError, type Command } from 'commander';
import { printJson } from '../output/io.js';
import { MigrationProgress } from '../output/migration-progress.js';
import { facts } from '../output/table.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, wholeNumber, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

interface StartOptions extends DataOptions {
  readonly from: string[];
  readonly to: string[];
  readonly bytesPerSecond?: number;
}

type Migrate = Database['migrate'];
type Verb = 'verify' | 'switch' | 'reverse' | 'pause' | 'resume' | 'cancel' | 'complete';

const DESCRIPTIONS: Readonly<Record<Verb, string>> = {
  verify: 'Compare both sides of every range at one moment.',
  switch: 'Have the new shards serve. The old ones are kept in step, so that it can be reversed.',
  reverse: 'Have the old shards serve again, with all that was written meanwhile.',
  pause: 'Stop all work on the migration until it is resumed.',
  resume: 'Go on with a migration that was paused, or cut off.',
  cancel: 'Give up the copies: the old shards go on. Not once it is switched.',
  complete: 'Give up the old shards: the new ones go on, and there is no way back.',
};

const MORE = `
A migration brings all ranges of some shards to others, which the configuration names too, while clients read and write:

  start     copies; the old shards serve             cancel gives it up
  verify    compares old and new                     as often as you like
  switch    the new shards serve, the old are kept in step
  reverse   the old shards serve again               within seconds; nothing is lost
  complete  the old shards' rows are removed

It is written down in the database. A command that was interrupted is gone on with by the next one, or by whatever process opens
the database.

Examples:
  panda migrate start --from mysql1,mysql2 --to pg1,pg2
  panda migrate status
  panda migrate verify && panda migrate switch
  panda migrate complete --json`;

export function addMigrate(program: Command, context: Context): void {
  const migrate = program
    .command('migrate')
    .description('Migrate shards to others, of any engine, while clients read and write.')
    .addHelpText('after', MORE);
  addChoiceOptions(migrate.command('start').description('Copy all ranges of some shards to others, and keep the copies in step.'))
    .requiredOption('--from <shards>', 'ids of the shards to migrate from, with commas between', shardIds)
    .requiredOption('--to <shards>', 'ids of the shards to migrate to', shardIds)
    .option('--bytes-per-second <n>', 'the most that is copied of one range in a second', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addOption(jsonOption())
    .action(({ from, to, bytesPerSecond, ...options }: StartOptions) =>
      act(options, context, false, (database, waiting) =>
        database.start({ from, to, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }), ...waiting }),
      ),
    );
  addChoiceOptions(migrate.command('status').description('Print how far the migration has come.'))
    .addOption(jsonOption())
    .action((options: DataOptions) => act(options, context, false, (database) => database.status()));
  for (const verb of Object.keys(DESCRIPTIONS) as Verb[]) {
    addChoiceOptions(migrate.command(verb).description(DESCRIPTIONS[verb]))
      .addOption(jsonOption())
      .action((options: DataOptions) => act(options, context, verb === 'verify', (database, waiting) => database[verb](waiting)));
  }
}

/** Does it, shows how far it is, and prints how far it has come. */
async function act(
  { json, ...choice }: DataOptions,
  { io, signal }: Context,
  isVerifying: boolean,
  work: (migrate: Migrate, waiting: MigrationOptions) => Promise<MigrationStatus | undefined | void>,
): Promise<void> {
  const progress = new MigrationProgress(io.progress(), isVerifying);
  const status = await withDatabase(choice, async (database) => {
    try {
      await work(database.migrate, { signal, onProgress: (now) => progress.show(now) });
      return await database.migrate.status();
    } finally {
      progress.stop();
    }
  });
  if (json) await printJson(io, { ok: true, migration: status === undefined ? null : asJson(status) });
  else await io.print(status === undefined ? 'No migration is under way.\n' : `${factsOf(status)}\n`);
}

function asJson({ problem, verifiedAt, ...status }: MigrationStatus): object {
  return {
    ...status,
    verifiedAt: verifiedAt ?? null,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
  };
}

function factsOf(status: MigrationStatus): string {
  const { from, to, phase, isPaused, ranges, copied, switched, verifiedAt, lag, problem } = status;
  const rows: [string, string][] = [
    ['from', from.join(', ')],
    ['to', to.join(', ')],
    ['phase', isPaused ? `${phase}, paused` : phase],
    ['ranges copied', `${copied} of ${ranges}`],
    ['ranges switched', `${switched} of ${ranges}`],
    ['verified', verifiedAt === undefined ? 'no' : 'yes'],
    ['journal behind', `${lag} groups`],
  ];
  if (problem !== undefined) rows.push(['tried again after', problem.message]);
  return facts(rows);
}

function shardIds(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  if (ids.includes('')) throw new InvalidArgumentError('It must be ids of shards, with commas between.');
  return ids;
}
