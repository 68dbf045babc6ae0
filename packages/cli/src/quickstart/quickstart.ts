import type { Database } from '@pandakv/core';
import type { Variables } from '../config/index.js';
import type { Progress } from '../output/progress.js';
import { Checks } from './checks.js';
import { Boundaries, inspect } from './disk.js';
import { grow, type Grown } from './growth.js';
import { Importer, setRoot } from './import.js';
import { Measurements } from './measurements.js';
import { Mover } from './moves.js';
import type { QuickstartOptions } from './options.js';
import { recount } from './recount.js';
import type { QuickstartResult } from './result.js';
import { readState, setState, type State, type Totals } from './state.js';
import type { Target } from './target.js';
import { secondsSince } from './timing.js';
import type { Verdict } from './verdict.js';
import { Verifier } from './verify.js';

interface Times {
  import: number;
  moves: number;
  verify: number;
}

/** Imports a directory tree, moves directories about while readers watch, and verifies all of it. */
export class Quickstart {
  readonly #options: QuickstartOptions;
  readonly #target: Target;
  readonly #variables: Variables;
  readonly #root: Buffer;
  readonly #signal: AbortSignal;
  readonly #progress: Progress;
  readonly #measurements = new Measurements();
  readonly #seconds: Times = { import: 0, moves: 0, verify: 0 };
  readonly #violations: string[] = [];
  #snapshotChecks = 0;
  #resumed = false;
  #shards = 0;

  constructor(options: QuickstartOptions, target: Target, variables: Variables, signal: AbortSignal, progress: Progress) {
    this.#options = options;
    this.#target = target;
    this.#variables = variables;
    this.#root = Buffer.from(options.source);
    this.#signal = signal;
    this.#progress = progress;
  }

  async run(): Promise<QuickstartResult> {
    const start = performance.now();
    await this.#target.prepare(this.#options.source, this.#variables);
    try {
      await this.#withDatabase((database) => this.#change(database));
      // Opened anew, so that what is verified is what the disks hold.
      const { state, verdict } = await this.#withDatabase((database) => this.#verify(database));
      return this.#result(state, verdict, secondsSince(start));
    } finally {
      this.#progress.stop();
    }
  }

  async #withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database = await this.#target.open(this.#variables);
    try {
      return await work(database);
    } finally {
      this.#measurements.add(database);
      await database.close();
    }
  }

  async #change(database: Database): Promise<void> {
    this.#shards = (await database.status()).length;
    let state = await readState(database);
    this.#resumed = state !== undefined;
    state ??= await this.#begin(database);
    if (state.imported === undefined) state = await this.#import(database, state);
    const isMoved = state.moves !== undefined && state.moves >= this.#options.moves;
    if (!isMoved || state.grown === undefined) await this.#move(database, state);
  }

  async #begin(database: Database): Promise<State> {
    const state: State = { source: this.#options.source, startedAt: Date.now() };
    const root = inspect(this.#root);
    if (root === undefined) throw new Error(`'${this.#options.source}' has gone`);
    await this.#measurements.transact(database, (transaction) => {
      setState(transaction, state);
      setRoot(transaction, root);
    });
    return state;
  }

  async #import(database: Database, before: State): Promise<State> {
    const start = performance.now();
    const { imported } = await this.#doneBefore(database);
    this.#progress.begin('import', 'entries');
    let entries = imported.files + imported.directories;
    const importer = new Importer(
      {
        database,
        measurements: this.#measurements,
        root: this.#root,
        boundaries: new Boundaries(this.#root, this.#target.folder),
        concurrency: this.#options.concurrency,
        signal: this.#signal,
        onImported: (more) => this.#progress.done((entries += more)),
      },
      imported,
    );
    const state: State = { ...before, imported: await importer.run() };
    await this.#measurements.transact(database, (transaction) => setState(transaction, state));
    this.#progress.end();
    this.#seconds.import = secondsSince(start);
    return state;
  }

  async #move(database: Database, before: State): Promise<void> {
    const start = performance.now();
    let { moves } = await this.#doneBefore(database);
    this.#progress.begin('move', 'directories', this.#options.moves);
    const checks = new Checks(database, before.imported!.files + before.imported!.directories);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const mover = new Mover({
      database,
      measurements: this.#measurements,
      concurrency: this.#options.concurrency,
      signal,
      onMoved: (move) => {
        checks.moved(move);
        this.#progress.done(++moves);
      },
    });
    let isOver = false;
    const left = Math.max(0, this.#options.moves - moves);
    const isStill = left === 0 && before.grown !== undefined;
    const readers = Array.from({ length: isStill ? 0 : this.#options.readers }, async () => {
      const problems = await checks.run(() => isOver || signal.aborted);
      this.#violations.push(...problems);
      if (problems.length > 0) stop.abort();
    });
    const growing = this.#grow(database, before, signal);
    const changing = Promise.allSettled([mover.run(left), growing]).finally(() => (isOver = true));
    const ended = (await Promise.all([changing, Promise.allSettled(readers)])).flat();
    this.#snapshotChecks = checks.made;
    this.#signal.throwIfAborted();
    for (const one of ended) if (one.status === 'rejected' && !stop.signal.aborted) throw one.reason;
    const grown = stop.signal.aborted ? {} : { grown: await growing };
    await this.#measurements.transact(database, (transaction) => setState(transaction, { ...before, moves, ...grown }));
    this.#progress.end();
    this.#seconds.moves = secondsSince(start);
  }

  /** While directories move, a shard is added, and takes its share. */
  async #grow(database: Database, { grown }: State, signal: AbortSignal): Promise<Grown | null> {
    if (grown !== undefined) return grown;
    const result = (await grow(database, this.#target, this.#variables, signal)) ?? null;
    this.#shards = (await database.status()).length;
    return result;
  }

  /** The state tells only of what came to its end; what an interrupted run did must be counted. */
  async #doneBefore(database: Database): Promise<{ imported: Totals; moves: number }> {
    if (this.#resumed) return await recount(database);
    return { imported: { files: 0, directories: 1, skipped: 0 }, moves: 0 };
  }

  async #verify(database: Database): Promise<{ state: State; verdict: Verdict }> {
    const start = performance.now();
    const state = (await readState(database))!;
    const { imported } = state;
    this.#progress.begin('verify', 'entries', imported!.files + imported!.directories);
    const verifier = new Verifier({
      database,
      root: this.#root,
      state,
      signal: this.#signal,
      onVerified: (entries) => this.#progress.done(entries),
    });
    const verdict = await verifier.run();
    this.#progress.end();
    this.#seconds.verify = secondsSince(start);
    return { state, verdict };
  }

  #result({ imported, moves, grown }: State, verdict: Verdict, total: number): QuickstartResult {
    const problems = [...this.#violations, ...verdict.problems];
    const verified = verdict.isGood && problems.length === 0;
    const { commits, crossShardCommits, conflicts, retries } = this.#measurements;
    const changing = this.#seconds.import + this.#seconds.moves;
    return {
      ok: verified,
      source: this.#options.source,
      data: this.#target.name,
      shards: this.#shards,
      resumed: this.#resumed,
      ...imported!,
      commits,
      crossShardCommits,
      commitsPerSecond: changing === 0 ? 0 : Math.round(commits / changing),
      p50Ms: this.#measurements.percentileMs(50),
      p99Ms: this.#measurements.percentileMs(99),
      conflicts,
      retries,
      moves: moves ?? 0,
      grown: grown ?? null,
      snapshotChecks: this.#snapshotChecks,
      verified,
      verifiedFiles: verdict.files,
      verifiedDirectories: verdict.directories,
      changedOnDisk: verdict.changedOnDisk,
      problems,
      seconds: {
        import: rounded(this.#seconds.import),
        moves: rounded(this.#seconds.moves),
        verify: rounded(this.#seconds.verify),
        total: rounded(total),
      },
      maxRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
