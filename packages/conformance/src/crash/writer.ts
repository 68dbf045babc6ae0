/**
 * Loads the module that its first argument names. When it is told to go, it writes to the store that
 * its second argument names, one batch after the other, until it is killed. It sends the number of each batch to its parent once
 * the write has resolved.
 */
import type { Engine } from '@pandakv/core/engine';
import { once } from 'node:events';
import { batchNumber, numberedBatch } from './numbered-batches.js';

interface ChildModule {
  readonly open: (argument: unknown) => Promise<Engine>;
}

const [moduleUrl, argument] = process.argv.slice(2) as [string, string];

// Nobody is left to read what is written: also if the parent was killed itself.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const go = once(process, 'message');
const { open } = (await import(moduleUrl)) as ChildModule;
await go;
const engine = await open(JSON.parse(argument) as unknown);
let n = await batchNumber(engine);
for (;;) {
  await engine.write(numberedBatch(n + 1));
  n++;
  process.send!(n);
}
