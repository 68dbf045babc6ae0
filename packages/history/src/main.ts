#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram, EXIT } from './program.js';

const streams = {
  write: (text: string) => process.stdout.write(text),
  error: (text: string) => process.stderr.write(text),
};

try {
  createProgram(streams, (code) => {
    process.exitCode = code;
  }).parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : EXIT.unreadable;
}
