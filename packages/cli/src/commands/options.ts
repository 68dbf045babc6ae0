import { InvalidArgumentError, Option } from 'commander';

export const DEFAULT_DATA = 'panda-data';

/** The options that every command on a data folder has. */
export interface DataOptions {
  readonly data: string;
  readonly json?: true;
}

export interface HexOptions extends DataOptions {
  readonly hex?: true;
}

export function dataOption(): Option {
  return new Option('-d, --data <folder>', 'the data folder').default(DEFAULT_DATA).argParser(nonEmpty);
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
