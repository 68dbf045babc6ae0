#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { databases, type DatabasesOptions } from './databases.js';
import { SERVER_KINDS, type ServerKind } from './server.js';

function parseKinds(list: string): ServerKind[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  return names.map((name) => {
    const kind = SERVER_KINDS.find((known) => known === name);
    if (kind === undefined) throw new InvalidArgumentError(`Kinds are ${SERVER_KINDS.join(', ')}.`);
    return kind;
  });
}

const program = new Command('databases')
  .description('Start throwaway database servers, print their connection strings, and end them on Ctrl-C.')
  .option('--only <kinds>', `these kinds, separated by commas, of ${SERVER_KINDS.join(', ')}`, parseKinds)
  .option('--json', 'print connection strings as JSON')
  .action(async (options: DatabasesOptions) => {
    try {
      await databases(options);
      process.exit(0);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    }
  });

await program.parseAsync();
