import { isEmptyRange, type KeyRange, type RangeEstimate } from '@pandakv/core/engine';
import { decodeInt8, encodeFloat4, encodeInt8, TYPE } from './binary-values.js';
import { asBuffer } from './bytes.js';
import type { Connections } from './connections.js';
import type { Fields } from './message-splitter.js';
import type { Statement, Step } from './statement.js';

/** Up to so many rows are counted. */
const COUNTED_ROWS = 1_000;
/** Of a larger range, about so many pages of the table are looked at, wherever they lie. */
const SAMPLED_PAGES = 128;
/** So many hits in the sample tell more than the planner's statistics. */
const HITS_MIN = 20;

const PAGE_BYTES = 8_192;
const NO_END = Buffer.alloc(2_601, 0xff);
const SIZES = `count(*), coalesce(sum(length(k) + length(v)), 0)::int8`;
const IN_RANGE = 'k >= $1 AND k < $2';

/**
 * Rough sizes of ranges. A small range is counted. Of a larger one, a random sample of pages tells what part of the table it
 * is, which needs no statistics; where it is too small a part for that, the planner is asked.
 */
export class Estimates {
  readonly #connections: Connections;
  readonly #count: Statement;
  readonly #sample: Statement;
  readonly #plan: Statement;

  constructor(connections: Connections, table: string) {
    this.#connections = connections;
    const range = [TYPE.bytea, TYPE.bytea];
    this.#count = {
      name: 'estimate-count',
      text: `SELECT ${SIZES}, pg_relation_size('${table.replaceAll("'", "''")}'::regclass)
        FROM (SELECT k, v FROM ${table} WHERE ${IN_RANGE} ORDER BY k LIMIT $3) AS first`,
      types: [...range, TYPE.int8],
    };
    this.#sample = {
      name: 'estimate-sample',
      text: `SELECT ${SIZES} FROM ${table} TABLESAMPLE SYSTEM ($3) WHERE ${IN_RANGE}`,
      types: [...range, TYPE.float4],
    };
    this.#plan = { name: '', text: `EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${IN_RANGE}`, types: range };
  }

  async estimate(range: KeyRange): Promise<RangeEstimate> {
    if (isEmptyRange(range)) return { keys: 0, bytes: 0 };
    const bounds = [asBuffer(range.start), range.end === undefined ? NO_END : asBuffer(range.end)];
    const [keys, bytes, tableBytes] = await this.#numbers({
      statement: this.#count,
      values: [...bounds, encodeInt8(COUNTED_ROWS)],
    });
    if (keys! < COUNTED_ROWS) return { keys: keys!, bytes: bytes! };
    const share = Math.min(1, (SAMPLED_PAGES * PAGE_BYTES) / Math.max(1, tableBytes!));
    const [hits, hitBytes] = await this.#numbers({ statement: this.#sample, values: [...bounds, encodeFloat4(share * 100)] });
    if (hits! >= HITS_MIN || share === 1) return atLeast(keys!, bytes!, hits! / share, hitBytes! / share);
    const planned = await this.#planned(bounds);
    return atLeast(keys!, bytes!, planned, planned * (bytes! / keys!));
  }

  async #numbers(step: Step): Promise<readonly number[]> {
    let row: Fields = [];
    await this.#connections.run([step], (fields) => (row = fields));
    return row.map((field) => decodeInt8(field!));
  }

  async #planned(bounds: readonly Buffer[]): Promise<number> {
    let text = '';
    await this.#connections.run([{ statement: this.#plan, values: bounds }], ([line]) => (text += line!.toString()));
    const [{ Plan: plan }] = JSON.parse(text) as [{ Plan: { 'Plan Rows': number } }];
    return plan['Plan Rows'];
  }
}

/** What was counted is there for certain. */
function atLeast(countedKeys: number, countedBytes: number, keys: number, bytes: number): RangeEstimate {
  return { keys: Math.max(countedKeys, Math.round(keys)), bytes: Math.max(countedBytes, Math.round(bytes)) };
}
