import { join } from 'node:path';
import { openDatabase, type Database, type MoveProgress } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { pandaShard, warmUp } from '../level/stores.js';
import { percentile, seededRandom, zipfian } from '../measure/index.js';
import { against, fill, keyOf, rowValue } from './rows.js';

const ROWS = 50_000;
const CLIENTS = 32;
const WARM_UP_MS = 2_000;
const ALONE_MS = 3_000;
/** Each in a database of its own: all that clients change is kept as history, and moved as well. */
const MOVES = 3;
/** What is left to the move, so that clients get on. */
const BYTES_PER_SECOND = 16 * 1024 * 1024;
/** Half of the operations are updates. */
const UPDATES = 0.5;

/** What clients notice of moves: half reads, half updates, of few keys mostly, 32 at once (YCSB-A). */
export const moveUnderLoad: Benchmark = { name: 'moveUnderLoad', run };

/** Times in milliseconds. */
interface Window {
  readonly from: number;
  readonly to: number;
}

class Clients {
  readonly #database: Database;
  readonly #rows: number;
  readonly #random = seededRandom(1);
  readonly #next: () => number;
  readonly operations: Window[] = [];
  errors = 0;

  constructor(database: Database, rows: number) {
    this.#database = database;
    this.#rows = rows;
    this.#next = zipfian(rows, this.#random);
  }

  /** One operation; its error, if it has one, is counted. */
  async one(number: number): Promise<void> {
    const key = keyOf(this.#next());
    const from = performance.now();
    try {
      if (this.#random() >= UPDATES) await this.#database.get(key);
      else {
        await this.#database.transact((transaction) => {
          transaction.set(key, rowValue(number % this.#rows));
        });
      }
    } catch {
      this.errors++;
    }
    this.operations.push({ from, to: performance.now() });
  }

  /** How many operations ended in a window. */
  endedIn({ from, to }: Window): number {
    return this.operations.filter((operation) => operation.to >= from && operation.to < to).length;
  }
}

/** What clients got done in some time, in milliseconds. */
class Work {
  #operations = 0;
  #ms = 0;

  add(operations: number, { from, to }: Window): void {
    this.#operations += operations;
    this.#ms += to - from;
  }

  get perSecond(): number {
    return (this.#operations / this.#ms) * 1_000;
  }
}

/** Of all moves. */
interface Figures {
  readonly alone: Work;
  readonly during: Work;
  /** How long the operations took that were under way at a cut-over. */
  readonly pauses: number[];
  errors: number;
}

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
  const figures: Figures = { alone: new Work(), during: new Work(), pauses: [], errors: 0 };
  const moves = scaled(MOVES, scale, 1);
  for (let move = 0; move < moves; move++) await measureMove(join(folder, `move-${move}`), scale, figures);
  const { alone, during, pauses, errors } = figures;
  const what = `${CLIENTS} clients, ${moves} moves at ${BYTES_PER_SECOND / 1024 ** 2} MiB/s`;
  return [
    {
      name: 'moveUnderLoad',
      unit: 'commits/s',
      base: { what: `${CLIENTS} clients before and after, half reads, half updates`, value: alone.perSecond },
      panda: { what: `the same, ${moves} moves meanwhile`, value: during.perSecond },
      ratio: during.perSecond / alone.perSecond,
      target: { atLeast: 0.8 },
    },
    against('cutOverP99', 'ms', `operations at the cut-over, p99; ${what}`, percentile(pauses, 0.99), 50, { atMost: 1 }),
    against('cutOverMax', 'ms', `operations at the cut-over, the longest; ${what}`, percentile(pauses, 1), 250, { atMost: 1 }),
    against('moveErrors', 'errors', `errors that clients saw; ${what}`, errors, 1, { atMost: 0 }),
  ];
}

async function measureMove(folder: string, scale: number, figures: Figures): Promise<void> {
  const rows = scaled(ROWS, scale, 2_000);
  const panda = await openDatabase({
    shards: [pandaShard(folder, 'a'), pandaShard(folder, 'b')],
    splits: [{ key: 'z', shard: 'b' }],
  });
  try {
    await fill(panda, rows);
    const clients = new Clients(panda, rows);
    await warmUp(CLIENTS, WARM_UP_MS * scale, (number) => clients.one(number));
    clients.operations.length = 0;
    let isOver = false;
    let number = 0;
    const lanes = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) await clients.one(number++);
    });
    const before = await windowOf(() => pause(ALONE_MS * scale));
    let cutOver: Window | undefined;
    const during = await windowOf(async () => (cutOver = await moveAll(panda)));
    // What the disk does changes by the minute: what is compared lies on both sides.
    const after = await windowOf(() => pause(ALONE_MS * scale));
    isOver = true;
    await Promise.all(lanes);
    for (const window of [before, after]) figures.alone.add(clients.endedIn(window), window);
    figures.during.add(clients.endedIn(during), during);
    figures.pauses.push(...waitsIn(clients.operations, cutOver!));
    figures.errors += clients.errors;
  } finally {
    await panda.close();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function windowOf(work: () => Promise<unknown>): Promise<Window> {
  const from = performance.now();
  await work();
  return { from, to: performance.now() };
}

/** Moves the rows, until nothing of them is left where they were. Answers when the cut-over was. */
async function moveAll(panda: Database): Promise<Window> {
  const cutOver = { from: 0, to: 0 };
  const onProgress = ({ phase }: MoveProgress): void => {
    if (phase === 'cut-over') cutOver.from = performance.now();
    else if (phase === 'done') cutOver.to = performance.now();
  };
  await panda.move({ end: 'z' }, 'b', { bytesPerSecond: BYTES_PER_SECOND, onProgress });
  await panda.movesCleaned();
  return cutOver;
}

/** How long the operations took that were under way at any time of a window. */
function waitsIn(operations: readonly Window[], window: Window): number[] {
  return operations.filter(({ from, to }) => from < window.to && to > window.from).map(({ from, to }) => to - from);
}
