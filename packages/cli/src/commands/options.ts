import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_DATA, type Choice } from './chosen-config.js';

/** The options that every command on a database has. */
export interface DataOptions extends Choice {
  readonly json?: true;
}

export interface HexOptions extends DataOptions {
  readonly hex?: true;
}

/** Says which database is meant. */
export function addChoiceOptions(command: Command): Command {
  return command.addOption(dataOption()).addOption(configOption());
}

export function dataOption(
  description = `the data folder (default: panda.config.* where there is one, else ${DEFAULT_DATA})`,
): Option {
  return new Option('-d, --data <folder>', description).argParser(nonEmpty);
}

export function configOption(description = 'a configuration file instead of a data folder'): Option {
  return new Option('-c, --config <file>', description).argParser(nonEmpty);
}

export function jsonOption(description = 'print JSON, errors too'): Option {
  return new Option('--json', description);
}

export function hexOption(): Option {
  return new Option('--hex', 'keys and values are hex digits, in and out');
}

/** A whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}
