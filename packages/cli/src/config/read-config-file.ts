import { PandaError } from '@pandakv/core';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Reads what a configuration file holds, by its extension. Errors tell a place and never quote the file: it may hold passwords. */
export async function readConfigFile(file: string): Promise<unknown> {
  switch (extname(file).toLowerCase()) {
    case '.json':
      return parseJson(await readText(file), file);
    case '.yaml':
    case '.yml':
      return await parseYaml(await readText(file), file);
    case '.js':
    case '.mjs':
      return await importModule(file);
    default:
      throw new PandaError('InvalidArgument', `'${file}' must end in .json, .yaml, .yml, .js or .mjs`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new PandaError('InvalidArgument', `The configuration '${file}' cannot be read`, { cause });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    throw notValid(file, 'JSON', position === undefined ? undefined : placeIn(text, Number(position)));
  }
}

async function parseYaml(text: string, file: string): Promise<unknown> {
  // Loaded only here: other commands start faster without it.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) throw notValid(file, 'YAML', placeIn(text, error.pos[0]));
  return document.toJS();
}

async function importModule(file: string): Promise<unknown> {
  try {
    return await ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n', 1)[0]! : String(cause);
    throw new PandaError('InvalidArgument', `The configuration '${file}' cannot be loaded: ${message}`, { cause });
  }
}

function placeIn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

function notValid(file: string, language: string, place: string | undefined): PandaError {
  return new PandaError('InvalidArgument', `'${file}' is no ${language}${place === undefined ? '' : `: see ${place}`}`);
}
