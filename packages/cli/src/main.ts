#!/usr/bin/env node
import { keepHeapSmall } from './memory.js';
import { processIo } from './output/io.js';
import { run } from './run.js';
import { watchSignals } from './signals.js';

keepHeapSmall();
process.exitCode = await run(process.argv.slice(2), processIo(), watchSignals());
