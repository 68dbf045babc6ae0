#!/usr/bin/env node
import { createProgram } from './program.js';

createProgram(
  (text) => process.stdout.write(text),
  (code) => {
    process.exitCode = code;
  },
).parse();
