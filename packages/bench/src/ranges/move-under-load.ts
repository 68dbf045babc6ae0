import { openDatabase, type Database, type MoveProgress } from '@pandakv/core';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { pandaShard, warmUp } from '../level/stores.js';
import { percentile, seededRandom, zipfian } from '../measure/index.js';
import { against, fill, keyOf, rowValue } from './rows.js';

const ROWS = 50_000;
const CLIENTS = 32;
const WARM_UP_MS = 2_000;
/** Before each move: history grows, and with it what the engine has to do. */
const ALONE_MS = 3_000;
const MOVES = 4;
/** What is left to the move, so that clients get on. */
const BYTES_PER_SECOND = 4 * 1024 * 1024;
/** Half of the operations are updates. */
const UPDATES = 0.5;

/** What clients notice of moves: half reads, half updates, of few keys mostly, 32 at once (YCSB-A). */
export const moveUnderLoad: Benchmark = { name: 'moveUnderLoad', run };

interface Operation {
  readonly from: number;
  readonly to: number;
}

class Clients {
  readonly #database: Database;
  readonly #rows: number;
  readonly #random = seededRandom(1);
  readonly #next: () => number;
  readonly operations: Operation[] = [];
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

  /** Operations that ended in some windows of time, in a second. */
  perSecond(windows: readonly Operation[]): number {
    const count = this.operations.filter(({ to }) => windows.some((window) => to >= window.from && to < window.to)).length;
    return (count / windows.reduce((sum, { from, to }) => sum + to - from, 0)) * 1_000;
  }
}

async function run({ folder, scale }: BenchmarkContext): Promise<Comparison[]> {
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
    const { alone, during, cutOvers } = await measure(panda, clients, scale);
    const pauses = cutOvers.flatMap((window) => waitsIn(clients.operations, window));
    const what = `${CLIENTS} clients, ${cutOvers.length} moves at ${BYTES_PER_SECOND / 1024 ** 2} MiB/s`;
    return [
      {
        name: 'moveUnderLoad',
        unit: 'commits/s',
        base: { what: `${CLIENTS} clients, half reads, half updates`, value: alone },
        panda: { what: `the same, ${cutOvers.length} moves meanwhile`, value: during },
        ratio: during / alone,
        target: { atLeast: 0.8 },
      },
      against('cutOverP99', 'ms', `operations at the cut-over, p99; ${what}`, percentile(pauses, 0.99), 50, { atMost: 1 }),
      against('cutOverMax', 'ms', `operations at the cut-over, the longest; ${what}`, percentile(pauses, 1), 250, { atMost: 1 }),
      against('moveErrors', 'errors', `errors that clients saw; ${what}`, clients.errors, 1, { atMost: 0 }),
    ];
  } finally {
    await panda.close();
  }
}

/** Operations a second without a move and with moves, and when the cut-overs were. */
async function measure(
  panda: Database,
  clients: Clients,
  scale: number,
): Promise<{ readonly alone: number; readonly during: number; readonly cutOvers: readonly Operation[] }> {
  let isOver = false;
  let number = 0;
  const lanes = Array.from({ length: CLIENTS }, async () => {
    while (!isOver) await clients.one(number++);
  });
  const alone: Operation[] = [];
  const during: Operation[] = [];
  const cutOvers: Operation[] = [];
  let from = 0;
  const onProgress = ({ phase }: MoveProgress): void => {
    if (phase === 'cut-over') from = performance.now();
    else if (phase === 'done') cutOvers.push({ from, to: performance.now() });
  };
  for (let move = 0; move < scaled(MOVES, scale, 1); move++) {
    const begin = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ALONE_MS * scale));
    const middle = performance.now();
    await panda.move({ end: 'z' }, move % 2 === 0 ? 'b' : 'a', { bytesPerSecond: BYTES_PER_SECOND, onProgress });
    await panda.movesCleaned();
    alone.push({ from: begin, to: middle });
    during.push({ from: middle, to: performance.now() });
  }
  isOver = true;
  await Promise.all(lanes);
  return { alone: clients.perSecond(alone), during: clients.perSecond(during), cutOvers };
}

/** How long the operations took that were under way at any time of a window. */
function waitsIn(operations: readonly Operation[], window: Operation): number[] {
  return operations.filter(({ from, to }) => from < window.to && to > window.from).map(({ from, to }) => to - from);
}
