import type { Host } from '@refrain/core';
import { asTyped } from '../settings/flags.ts';
import { type ProgressStream, showProgress } from './progress.ts';
import { terminalLine } from './terminalText.ts';

/** A host that remembers its notices, each once. */
export interface TellingHost extends Host {
  readonly told: ReadonlySet<string>;
}

/** What the command lends the components: progress and notices go to `stream` unless `quiet`. */
export function terminalHost(
  settings: { readonly cacheDir: string; readonly workers: number; readonly quiet: boolean },
  stream: ProgressStream,
  signal: AbortSignal,
): TellingHost {
  const told = new Set<string>();
  return {
    cacheDir: settings.cacheDir,
    workers: settings.workers,
    signal,
    told,
    progress: (label, total, unit) =>
      settings.quiet ? { advance() {}, end() {} } : showProgress(stream, label, total, unit),
    notice(notice) {
      const message = asTyped(notice);
      if (told.has(message)) return;
      told.add(message);
      if (!settings.quiet) stream.write(`${stream.isTTY ? '\r\u001b[2K' : ''}note: ${terminalLine(message)}\n`);
    },
  };
}
