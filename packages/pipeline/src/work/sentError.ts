import { ConfigError, DataError, JobError, type JobFailure, PluginError } from '@refrain/core';

/** An error as data: what a structured clone of one would lose. */
export interface SentError {
  readonly message: string;
  /** Of an error of Refrain: its code, and what it names. */
  readonly code?: string;
  readonly names?: string;
  readonly failure?: JobFailure;
  /** Of any other. */
  readonly name?: string;
  readonly stack?: string | undefined;
}

/** What is sent of anything thrown. */
export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, name, stack } = error;
  if (error instanceof ConfigError) return { message, code: error.code, names: error.option };
  if (error instanceof DataError) return { message, code: error.code, names: error.source };
  if (error instanceof PluginError) return { message, code: error.code, names: error.plugin };
  if (error instanceof JobError) return { message, code: error.code, failure: error.failure };
  return { message, name, stack };
}

/** The error that was sent: of the same class, with the same fields. */
export function receivedError({ message, code, names = '', failure, name, stack }: SentError): Error {
  if (code === 'REFRAIN_CONFIG') return new ConfigError(names, message);
  if (code === 'REFRAIN_DATA') return new DataError(names, message);
  if (code === 'REFRAIN_PLUGIN') return new PluginError(names, message);
  if (failure !== undefined) return new JobError(failure);
  return Object.assign(new Error(message), { ...(name && { name }), ...(stack && { stack }) });
}
