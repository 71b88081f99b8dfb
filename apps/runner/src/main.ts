#!/usr/bin/env node
import { runCommand } from './cli.ts';
import { printed } from './commands/printed.ts';
import { failureOf } from './terminal/failure.ts';
import { Interrupted, interruptionOf } from './terminal/interruption.ts';

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
  const { status, text } = failureOf(interruption.aborted ? new Interrupted() : error);
  process.stderr.write(text);
  process.exitCode = status;
}
isAtWork = false;
