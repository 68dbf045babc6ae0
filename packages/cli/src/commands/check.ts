import { checkShards, type ShardCheck } from '@pandakv/core';
import type { Command } from 'commander';
import { EXIT } from '../output/errors.js';
import { printJson } from '../output/io.js';
import { table } from '../output/table.js';
import { chosenConfig } from './chosen-config.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, type DataOptions } from './options.js';

const MORE = `
Checks the configuration, opens the store of every shard, and looks whose it is. A database that runs meanwhile goes on; a
LevelDB store that it has open is then unavailable here. A shard is 'ready' when its store holds it, 'empty' when it will
be made by the first command that uses the database.

Exits with 1 when something is wrong with a shard, with 2 when the configuration is not valid.

Examples:
  panda check
  panda check --config staging.yaml --json`;

export function addCheck(program: Command, context: Context): void {
  addChoiceOptions(program.command('check').description('Check a configuration, and open every shard of it.'))
    .addOption(jsonOption())
    .addHelpText('after', MORE)
    .action((options: DataOptions) => check(options, context));
}

async function check({ json, ...choice }: DataOptions, { outcome, io }: Context): Promise<void> {
  const shards = await checkShards(await chosenConfig(choice));
  const ok = shards.every(({ error }) => error === undefined);
  if (!ok) outcome.exitCode = EXIT.failure;
  if (json) {
    await printJson(io, { ok, shards: shards.map(asJson) });
  } else {
    await io.print(table(['shard', 'engine', 'state'], shards.map(asRow)) + '\n');
  }
}

function asJson({ id, engine, state, error }: ShardCheck): object {
  if (error === undefined) return { id, engine, ok: true, state };
  return { id, engine, ok: false, code: error.code, message: error.message };
}

function asRow({ id, engine, state, error }: ShardCheck): string[] {
  return [id, engine, error === undefined ? state! : `${error.message} (${error.code})`];
}
