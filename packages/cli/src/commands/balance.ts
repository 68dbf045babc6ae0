import type { BalanceOptions, BalancePlanInfo, BalanceResult } from '@pandakv/core';
import { InvalidArgumentError, type Command } from 'commander';
import { BalanceProgressBar } from '../output/balance-progress.js';
import { balanceJson, balanceText, summaryText } from '../output/balance-text.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, wholeNumber, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

interface Given extends DataOptions {
  readonly plan?: true;
  readonly bytesPerSecond?: number;
  readonly moves?: number;
  readonly tolerance?: number;
}

const MORE = `
Shards are even when none is off its share by more than the tolerance. Where they are not, ranges are divided and moved, the fullest shard
giving to the emptiest, while clients read and write; small neighbours on one shard are joined. What a command was cut off in stays right:
run it again.

Load is known to the process that serves it. An application balances by it with db.balance, and in the background with the option balance
of openDatabase.

Examples:
  panda balance --plan
  panda balance --bytes-per-second 20000000 --moves 2`;

export function addBalance(program: Command, context: Context): void {
  addChoiceOptions(program.command('balance').description('Make all shards even: move ranges from full ones to empty ones.'))
    .option('--plan', 'only print what would be done')
    .option('--bytes-per-second <n>', 'the most that is copied in a second', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--moves <n>', 'how many ranges move at once (default: 1)', wholeNumber(1, 64))
    .option('--tolerance <percent>', 'how far a shard may be off (default: 10)', percent)
    .addOption(jsonOption())
    .addHelpText('after', MORE)
    .action((given: Given) => balance(given, context));
}

function percent(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100)) throw new InvalidArgumentError('It must be above 0, and at most 100.');
  return value;
}

async function balance(given: Given, { io, signal }: Context): Promise<void> {
  const { json, plan, bytesPerSecond, moves, tolerance, ...choice } = given;
  const bar = new BalanceProgressBar(io.progress());
  const options: BalanceOptions = {
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(moves === undefined ? {} : { movesAtOnce: moves }),
    ...(tolerance === undefined ? {} : { tolerance: tolerance / 100 }),
    plan: plan === true,
    onProgress: (progress) => {
      // Not the signal of the balance, which would cancel the move under way: that is gone on with the next time.
      signal.throwIfAborted();
      bar.show(progress);
    },
  };
  const result = await withDatabase(choice, (database) => database.balance(options)).finally(() => bar.stop());
  if (json) await printJson(io, balanceJson(result));
  else await io.print(`${textOf(result, plan === true)}\n`);
}

function textOf({ plan, moved }: BalanceResult, isPlan: boolean): string {
  const isEven = changesOf(plan) === 0;
  const end = isEven ? 'The shards are even.' : isPlan ? '' : summaryText(moved);
  return [balanceText(plan), end].filter((text) => text !== '').join('\n');
}

function changesOf({ splits, moves, merges }: BalancePlanInfo): number {
  return splits.length + moves.length + merges.length;
}
