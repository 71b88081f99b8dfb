#!/usr/bin/env node
import { DataError, RefrainError } from '@refrain/core';
import { CommanderError } from 'commander';
import { runCommand } from './cli.ts';
import { printed } from './commands/printed.ts';
import { Interrupted, interruptionOf } from './terminal/interruption.ts';
import { systemErrorText } from './terminal/systemError.ts';
import { terminalLine, terminalText } from './terminal/terminalText.ts';

const interruption = interruptionOf(
  process,
  () => performance.now(),
  () => process.stderr.write('\ninterrupted: finishing the clip in hand; what is done stays\n'),
  (signal) => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  },
);
let isAtWork = true;
process.on('exit', (status) => {
  if (!isAtWork) return;
  process.stderr.write(
    `error: something ended the command (status ${status}) in the middle of its work; a plugin may have. Run again without it.\n`,
  );
  process.exitCode = 1;
});
// `refrain plugins | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  isAtWork = false;
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  const outcome = await runCommand(process.argv.slice(2), interruption);
  if (outcome !== undefined) {
    process.stdout.write(`${printed(outcome)}\n`);
    process.exitCode = outcome.result.status ?? 0;
  }
} catch (error) {
  process.exitCode = report(error);
}
isAtWork = false;

/** Tells the user what went wrong and gives the exit status: 2 for options, 3 for data, 130 for an interruption, 1 for anything else. */
function report(error: unknown): number {
  if (error instanceof Interrupted || interruption.aborted) return 130;
  // Commander has told the user already.
  if (error instanceof CommanderError) return 2;
  if (error instanceof RefrainError) {
    process.stderr.write(`error: ${terminalLine(error.message)}\n`);
    return error instanceof DataError ? 3 : 2;
  }
  const refusal = systemErrorText(error);
  if (refusal !== undefined) {
    process.stderr.write(`error: ${terminalLine(refusal)}\n`);
    return 1;
  }
  const fault = error instanceof Error ? String(error.stack) : String(error);
  process.stderr.write(
    `error: this should not happen, and is a fault of Refrain. Please report it:\n${terminalText(fault)}\n`,
  );
  return 1;
}
