#!/usr/bin/env node
import { ConfigError, DataError, PluginError } from '@refrain/core';
import { CommanderError } from 'commander';
import { runCommand } from './cli.ts';
import { printed } from './commands/printed.ts';
import { asTyped } from './settings/flags.ts';
import { terminalLine, terminalText } from './terminal/terminalText.ts';

/** Thrown through a run that the user interrupts. */
class Interrupted extends Error {}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption.abort(new Interrupted());
    // A second signal ends the process at once: the handler is gone.
    process.stderr.write('\ninterrupted: finishing the clip in hand; what is done stays\n');
  });
}
// `refrain plugins | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const outcome = await runCommand(process.argv.slice(2), interruption.signal);
  if (outcome !== undefined) {
    process.stdout.write(`${printed(outcome)}\n`);
    process.exitCode = outcome.result.status ?? 0;
  }
} catch (error) {
  process.exitCode = report(error);
}

/** Tells the user what went wrong and gives the exit status: 2 for options, 3 for data, 130 for an interruption, 1 for anything else. */
function report(error: unknown): number {
  if (error instanceof Interrupted || interruption.signal.aborted) return 130;
  // Commander has told the user already.
  if (error instanceof CommanderError) return 2;
  if (error instanceof ConfigError) {
    process.stderr.write(`error: ${terminalLine(asTyped(error))}\n`);
    return 2;
  }
  if (error instanceof PluginError || error instanceof DataError) {
    process.stderr.write(`error: ${terminalLine(error.message)}\n`);
    return error instanceof DataError ? 3 : 2;
  }
  process.stderr.write(
    `error: ${isSystemError(error) ? terminalLine(error.message) : terminalText(error instanceof Error ? String(error.stack) : String(error))}\n`,
  );
  return 1;
}

/** A refusal of the operating system, such as a full disk: its message names the cause, and a stack would only hide it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
