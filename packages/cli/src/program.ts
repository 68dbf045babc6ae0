import { Command } from 'commander';
import { addBalance } from './commands/balance.js';
import { addCheck } from './commands/check.js';
import { addDelete } from './commands/delete.js';
import { addGet } from './commands/get.js';
import { addInit } from './commands/init.js';
import { addMigrate } from './commands/migrate.js';
import { addDrain, addMove } from './commands/move.js';
import { addQuickstart } from './commands/quickstart.js';
import { addRanges } from './commands/ranges.js';
import { addRemove } from './commands/remove.js';
import { addScan } from './commands/scan.js';
import { addSet } from './commands/set.js';
import { addShards } from './commands/shards.js';
import { addMerge, addSplit } from './commands/split.js';
import { addStatus } from './commands/status.js';
import type { Context } from './commands/context.js';
import { packageVersion } from './version.js';

const DESCRIPTION = 'Panda: transactions over many storage engines.';

const AFTER_HELP = `
A command works on a data folder (--data), or on the shards that a configuration file describes (--config).

Exit codes: 0 done, 1 not found or failed, 2 wrong usage, 130 interrupted.

Examples:
  panda quickstart /usr                       try Panda on a real directory tree
  panda init shop --shards 3                  make a data folder
  panda set user/1 Ada --data shop
  panda get user/1 --data shop
  panda scan --prefix user/ --data shop
  panda check --config panda.config.yaml      shards on any engines, as a file describes them`;

/** All commands. Wrong usage is thrown, for the caller to report; as JSON, nothing is written of it here. */
export function createProgram(context: Context, asJson: boolean): Command {
  const program = new Command('panda')
    .description(DESCRIPTION)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .configureOutput({
      // Whoever no longer reads misses nothing.
      writeOut: (text) => void context.io.print(text).catch(() => undefined),
      writeErr: (text) => (asJson ? undefined : context.io.note(text.trimEnd())),
    });
  const data = [addQuickstart, addInit, addGet, addSet, addDelete, addScan];
  const places = [
    addStatus,
    addCheck,
    addRanges,
    addShards,
    addSplit,
    addMerge,
    addMove,
    addBalance,
    addDrain,
    addRemove,
    addMigrate,
  ];
  for (const add of [...data, ...places]) add(program, context);
  return program;
}
