import { DataError } from '@refrain/core';

/** The error for a file that is refused: it names the file and says why in plain words. */
export function refusal(source: string, reason: string, cause?: unknown): DataError {
  return new DataError(source, `${source}: ${reason}`, { cause });
}

/** A text that a file chose, fit for a message: quoted, escaped and short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
