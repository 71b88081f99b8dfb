import type { ExecutionProvider, Session, SessionOptions } from '@refrain/onnx';

/** A float32 tensor on its way between processes. */
export interface SentTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What the process is asked; `seconds` is the processor time it may take, Infinity for any. */
export type ModelQuestion = { readonly seconds: number } & (
  | {
      readonly open: {
        readonly path: string;
        readonly sha256: string;
        readonly providers: readonly ExecutionProvider[];
        /** As of `SessionOptions`. */
        readonly layout: NonNullable<SessionOptions['layout']>;
      };
    }
  | { readonly run: Readonly<Record<string, SentTensor>> }
);

/** What it answers. */
export type ModelAnswer =
  | { readonly opened: Pick<Session, 'provider' | 'inputs' | 'outputs'>; readonly notices: readonly string[] }
  | { readonly results: Readonly<Record<string, SentTensor>> }
  | { readonly failed: string };

/** Ends the process when it took more processor time than it might. Windows knows no signals, and ends it with status 1. */
export const LIMIT_SIGNAL: NodeJS.Signals = process.platform === 'win32' ? 'SIGKILL' : 'SIGALRM';
