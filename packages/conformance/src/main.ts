#!/usr/bin/env node
import { run } from './command/run.js';

const exitCode = await run(process.argv.slice(2));
// An engine that was tested may leave timers and connections behind.
process.stdout.write('', () => process.exit(exitCode));
