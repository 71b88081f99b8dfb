import { counted } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import { asTyped } from '../settings/flags.ts';
import { terminalJson, terminalLine, terminalText } from '../terminal/terminalText.ts';
import type { CommandResult } from './session.ts';

/** What a command gave, and how to print it. */
export interface Outcome {
  readonly command: string;
  readonly result: CommandResult;
  readonly asJson: boolean;
}

/** So many clips that could not be read are named one by one; --json names all. */
const NAMED = 5;

/**
 * What goes to stdout. As JSON it is one object, which has for every command `command`, `folder` (absolute; null where none was written or
 * checked), `warnings` (what went to stderr as notes) and `bad` (the clips that could not be read: id, path, stage, reason); then what the command
 * itself found.
 */
export function printed({ command, result, asJson }: Outcome): string {
  const { text, isList, json, folder = null, bad = [], warnings = [] } = result;
  if (asJson) return terminalJson(JSON.stringify({ command, folder, warnings, bad, ...json }));
  return terminalText([...unreadable(bad), text].join('\n'), isList);
}

function unreadable(bad: readonly BadClip[]): string[] {
  if (bad.length === 0) return [];
  const rest = bad.length - NAMED;
  return [
    `${counted(bad.length)} could not be read:`,
    ...bad.slice(0, NAMED).map(({ id, reason }) => terminalLine(`  ${id}: ${asTyped(reason)}`)),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ];
}
