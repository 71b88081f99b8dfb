import { DataError, RefrainError } from '@refrain/core';
import { CommanderError } from 'commander';
import { Interrupted } from './interruption.ts';
import { systemErrorText } from './systemError.ts';
import { terminalLine, terminalText } from './terminalText.ts';

/** What the user is told of an error that ends a command, empty where that was said already, and the exit status: 2 for options, 3 for data, 130 for an interruption, 1 for anything else. */
export function failureOf(error: unknown): { readonly status: number; readonly text: string } {
  if (error instanceof Interrupted) return { status: 130, text: '' };
  // Commander has told the user already.
  if (error instanceof CommanderError) return { status: 2, text: '' };
  if (error instanceof RefrainError)
    return { status: error instanceof DataError ? 3 : 2, text: `error: ${terminalLine(error.message)}\n` };
  const refusal = systemErrorText(error);
  if (refusal !== undefined) return { status: 1, text: `error: ${terminalLine(refusal)}\n` };
  const fault = error instanceof Error ? String(error.stack) : String(error);
  const text = `error: this should not happen, and is a fault of Refrain. Please report it:\n${terminalText(fault)}\n`;
  return { status: 1, text };
}
