import { PandaError, type Bytes, type DatabaseConfig } from '@pandakv/core';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expandEnvironment, PACKAGE_FOLDERS, type Variables } from '../config/index.js';

/** Describes a data folder: which shards it holds, and how the keyspace was divided among them. */
export const LAYOUT_FILE = 'panda.json';

/** `key` is text, `keyHex` bytes. */
export interface LayoutSplit {
  readonly key?: string;
  readonly keyHex?: string;
  readonly shard: string;
}

export interface LayoutShard {
  readonly id: string;
  /** Relative paths among the options are relative to the data folder; `${NAME}` stands for an environment variable. */
  readonly engine: { readonly package: string; readonly options: Readonly<Record<string, unknown>> };
}

export interface QuickstartMark {
  readonly source: string;
  /** What the folder holds is not whole: it is being deleted, or not yet made, or was in part on servers that are gone. */
  readonly isDeleting?: boolean;
  /** Id of the shard that was added to those that it began with. */
  readonly added?: string;
}

export interface Layout {
  readonly shards: readonly LayoutShard[];
  readonly splits?: readonly LayoutSplit[];
  /** Only in a folder that `panda quickstart` made: the directory that it imports. */
  readonly quickstart?: QuickstartMark;
}

/** Reads the layout of a data folder. Fails with `InvalidArgument` when it is none. */
export async function readLayout(folder: string): Promise<Layout> {
  const file = join(folder, LAYOUT_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const message = `'${folder}' is not a Panda data folder: ${file} cannot be read. 'panda init' makes a data folder`;
    throw new PandaError('InvalidArgument', message, { cause });
  }
  try {
    return checkLayout(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PandaError('InvalidArgument', `${file} does not describe a data folder: ${why}`, { cause });
  }
}

/** What core opens for a layout. */
export function configOf(folder: string, layout: Layout, variables: Variables = process.env): DatabaseConfig {
  const splits = layout.splits?.map((split) => ({ key: splitKey(split), shard: split.shard }));
  return {
    shards: layout.shards.map(({ id, engine }) => ({
      id,
      engine: { package: engine.package, options: expandEnvironment(engine.options, variables, `The layout of '${folder}'`) },
    })),
    ...(splits === undefined ? {} : { splits }),
    folder: resolve(folder),
    packageFolders: PACKAGE_FOLDERS,
  };
}

function splitKey({ key, keyHex }: LayoutSplit): Bytes {
  return keyHex === undefined ? key! : Buffer.from(keyHex, 'hex');
}

/** Checks the shape; what the engines and core accept, they check themselves. */
function checkLayout(value: unknown): Layout {
  const layout = asObject(value, 'the file');
  for (const name of Object.keys(layout)) {
    if (!['shards', 'splits', 'quickstart'].includes(name)) throw new Error(`'${name}' is not known`);
  }
  const shards = asArray(layout['shards'], "'shards'").map(checkShard);
  const splits = layout['splits'] === undefined ? undefined : asArray(layout['splits'], "'splits'").map(checkSplit);
  const quickstart = layout['quickstart'];
  return {
    shards,
    ...(splits === undefined ? {} : { splits }),
    ...(quickstart === undefined ? {} : { quickstart: checkQuickstart(quickstart) }),
  };
}

function checkQuickstart(value: unknown): QuickstartMark {
  const mark = asObject(value, "'quickstart'");
  const added = mark['added'];
  return {
    source: asText(mark['source'], "'source'"),
    isDeleting: mark['isDeleting'] === true,
    ...(added === undefined ? {} : { added: asText(added, "'added'") }),
  };
}

function checkShard(value: unknown): LayoutShard {
  const shard = asObject(value, 'a shard');
  const engine = asObject(shard['engine'], "'engine'");
  return {
    id: asText(shard['id'], "a shard's 'id'"),
    engine: { package: asText(engine['package'], "'package'"), options: asObject(engine['options'] ?? {}, "'options'") },
  };
}

function checkSplit(value: unknown): LayoutSplit {
  const split = asObject(value, 'a split');
  const shard = asText(split['shard'], "a split's 'shard'");
  if (split['keyHex'] === undefined) return { key: asText(split['key'], "a split's 'key'"), shard };
  const keyHex = asText(split['keyHex'], "a split's 'keyHex'");
  if (split['key'] !== undefined) throw new Error("a split has 'key' or 'keyHex', not both");
  if (!/^([0-9a-f]{2})+$/i.test(keyHex)) throw new Error("a split's 'keyHex' must be hex digits in pairs");
  return { keyHex, shard };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} must be an object`);
  return value as Record<string, unknown>;
}

function asArray(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} must be a list`);
  return value;
}

function asText(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${what} must be text`);
  return value;
}
