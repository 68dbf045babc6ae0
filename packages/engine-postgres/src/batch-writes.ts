import { GuardMismatch, type WriteBatch } from '@pandakv/core/engine';
import { encodeByteaArray, TYPE } from './binary-values.js';
import { asBuffer } from './bytes.js';
import type { Connections } from './connections.js';
import { deletionsOf } from './delete-ranges.js';
import type { Statement, Step } from './statement.js';

/** What a batch consists of; each combination is one prepared statement. */
interface Shape {
  readonly guard: 'none' | 'absent' | 'held';
  readonly hasPuts: boolean;
  readonly hasDeletes: boolean;
  readonly hasSpans: boolean;
}

/** Tells our advisory locks from those of others in the same database: `PAND`. */
const LOCK_SPACE = 0x50414e44;

/**
 * Writes a batch in one round trip: one statement, whose parts share one snapshot and one fate, or nothing at all when its
 * guard does not hold.
 *
 * A guard that a concurrent write holds locked is waited for and looked at again (READ COMMITTED), before any other part of the
 * statement does anything. So of two writes that expect the same, the second one finds it changed.
 *
 * A batch without a guard waits for others without one, by a lock: they could otherwise wait for each other's rows in a circle.
 */
export class BatchWrites {
  readonly #connections: Connections;
  readonly #table: string;
  readonly #statements = new Map<string, Statement>();
  readonly #lock: Step;

  constructor(connections: Connections, table: string) {
    this.#connections = connections;
    this.#table = table;
    const text = `SELECT pg_advisory_xact_lock(${LOCK_SPACE}, hashtext($1))`;
    this.#lock = { statement: { name: 'write-lock', text, types: [TYPE.text] }, values: [Buffer.from(table)] };
  }

  /** @throws GuardMismatch */
  async write(batch: WriteBatch): Promise<void> {
    const step = this.#step(batch);
    if (step === undefined) return;
    if (batch.guard === undefined) {
      await this.#connections.run([this.#lock, step]);
      return;
    }
    let isApplied = false;
    await this.#connections.run([step], () => (isApplied = true));
    if (!isApplied) throw new GuardMismatch();
  }

  /** Nothing for a batch that asks for nothing. */
  #step(batch: WriteBatch): Step | undefined {
    const { guard, puts = [] } = batch;
    const { keys, spans } = deletionsOf(batch);
    const values: Buffer[] = [];
    if (guard !== undefined) {
      values.push(asBuffer(guard.key), asBuffer(guard.next));
      if (guard.expected !== undefined) values.push(asBuffer(guard.expected));
    }
    if (puts.length > 0)
      values.push(encodeByteaArray(puts.map(([key]) => key)), encodeByteaArray(puts.map(([, value]) => value)));
    if (keys.length > 0) values.push(encodeByteaArray(keys));
    if (spans.length > 0) {
      values.push(encodeByteaArray(spans.map(({ start }) => start)), encodeByteaArray(spans.map(({ end }) => end)));
    }
    if (values.length === 0) return undefined;
    const statement = this.#statement({
      guard: guard === undefined ? 'none' : guard.expected === undefined ? 'absent' : 'held',
      hasPuts: puts.length > 0,
      hasDeletes: keys.length > 0,
      hasSpans: spans.length > 0,
    });
    return { statement, values };
  }

  #statement(shape: Shape): Statement {
    const { guard, hasPuts, hasDeletes, hasSpans } = shape;
    const name = `write-${guard}${hasPuts ? '-puts' : ''}${hasDeletes ? '-deletes' : ''}${hasSpans ? '-spans' : ''}`;
    let statement = this.#statements.get(name);
    if (statement === undefined) this.#statements.set(name, (statement = { name, ...writeStatement(this.#table, shape) }));
    return statement;
  }
}

function writeStatement(table: string, { guard, hasPuts, hasDeletes, hasSpans }: Shape): Omit<Statement, 'name'> {
  const types: number[] = [];
  const parameter = (type: number): string => `$${types.push(type)}`;
  const parts: string[] = [];
  if (guard !== 'none') {
    const [key, next] = [parameter(TYPE.bytea), parameter(TYPE.bytea)];
    const change =
      guard === 'absent'
        ? `INSERT INTO ${table} (k, v) VALUES (${key}, ${next}) ON CONFLICT (k) DO NOTHING`
        : `UPDATE ${table} SET v = ${next} WHERE k = ${key} AND v = ${parameter(TYPE.bytea)}`;
    parts.push(`guard AS (${change} RETURNING 1)`);
  }
  const holds = guard === 'none' ? 'true' : 'EXISTS (SELECT FROM guard)';
  if (hasPuts) {
    const rows = `SELECT unnest(${parameter(TYPE.byteaArray)}), unnest(${parameter(TYPE.byteaArray)}) WHERE ${holds}`;
    parts.push(`puts AS (INSERT INTO ${table} (k, v) ${rows} ON CONFLICT (k) DO UPDATE SET v = EXCLUDED.v)`);
  }
  if (hasDeletes) parts.push(`deletes AS (DELETE FROM ${table} WHERE k = ANY (${parameter(TYPE.byteaArray)}) AND ${holds})`);
  if (hasSpans) {
    const spans = `SELECT unnest(${parameter(TYPE.byteaArray)}) AS start, unnest(${parameter(TYPE.byteaArray)}) AS "end"`;
    parts.push(`spans AS (
      DELETE FROM ${table} AS t USING (${spans}) AS span WHERE t.k >= span.start AND t.k < span."end" AND ${holds})`);
  }
  const text = `WITH ${parts.join(', ')} SELECT 1${guard === 'none' ? '' : ' FROM guard'}`;
  return { text, types };
}
