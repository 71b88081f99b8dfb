import type { JobFailure } from './executor.ts';

interface ErrorDetails {
  readonly cause?: unknown;
}

/** What all errors of Refrain share: a message that says what was expected, what came and what to do, and a stable `code`. */
export abstract class RefrainError extends Error {
  /** Stable across releases, for programs: messages may be reworded, codes are not. */
  readonly code: string;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** An option or the run file is wrong: `option` names it as the user would write it, e.g. `pruner.t`. */
export class ConfigError extends RefrainError {
  readonly option: string;

  constructor(option: string, message: string, details?: ErrorDetails) {
    super('REFRAIN_CONFIG', message, details);
    this.option = option;
  }
}

/** The data is bad: `source` names the file, and the clip where there is one. */
export class DataError extends RefrainError {
  readonly source: string;

  constructor(source: string, message: string, details?: ErrorDetails) {
    super('REFRAIN_DATA', message, details);
    this.source = source;
  }
}

/** A plugin package can't be used: `plugin` names it. */
export class PluginError extends RefrainError {
  readonly plugin: string;

  constructor(plugin: string, message: string, details?: ErrorDetails) {
    super('REFRAIN_PLUGIN', message, details);
    this.plugin = plugin;
  }
}

/** A job came to nothing where it was processed: `failure` says how. */
export class JobError extends RefrainError {
  readonly failure: JobFailure;

  constructor(failure: JobFailure, details?: ErrorDetails) {
    super('REFRAIN_JOB', failure.reason, details);
    this.failure = failure;
  }
}

/**
 * Lets `instanceof` know the errors of another copy of this package, which a plugin may bring, by their codes. Classes of others that extend one of
 * these are told apart as ever.
 */
function knownByCode(type: abstract new (...given: never[]) => RefrainError, fits: (code: string) => boolean): void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (ordinary.call(this, value)) return true;
      const { code } = value instanceof Error ? (value as { code?: unknown }) : {};
      return this === type && typeof code === 'string' && fits(code);
    },
  });
}

knownByCode(RefrainError, (code) => code.startsWith('REFRAIN_'));
knownByCode(ConfigError, (code) => code === 'REFRAIN_CONFIG');
knownByCode(DataError, (code) => code === 'REFRAIN_DATA');
knownByCode(PluginError, (code) => code === 'REFRAIN_PLUGIN');
knownByCode(JobError, (code) => code === 'REFRAIN_JOB');

/** The message of anything thrown, for a sentence that quotes it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The DataError for a file or clip that is refused: its message names the source and says why. */
export function refusal(source: string, why: string, cause?: unknown): DataError {
  return new DataError(source, `${source}: ${why}`, { cause });
}

/** A text that a file chose, fit for a message: quoted, escaped and short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
