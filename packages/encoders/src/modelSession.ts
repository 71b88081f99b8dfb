import { type Host, messageOf } from '@refrain/core';
import { type ExecutionProvider, openSession, type Session } from '@refrain/onnx';
import { hasLargeKernels, type ModelFile, wrongFile } from './onnx-model/modelFile.ts';
import { openProcessSession } from './onnx-model/processSession.ts';

// Each before those that stand in for it.
const PROVIDERS: readonly ExecutionProvider[] = ['cuda', 'webgpu', 'cpu'];

/**
 * Opens the model of the file at `path` on a provider or one that stands in for it. Throws a ConfigError that names the file when
 * onnxruntime cannot load it.
 */
export function openModel(
  bytes: Uint8Array,
  path: string,
  provider: ExecutionProvider,
  notice: Host['notice'],
): Promise<Session> {
  return openSession(bytes, {
    providers: PROVIDERS.slice(PROVIDERS.indexOf(provider)),
    // Several clips at once, in threads of the runner, are quicker than several threads for one.
    threads: 1,
    notice: (text) => notice(text),
  }).catch((cause: unknown) => {
    throw wrongFile(`onnxruntime cannot load ${path}: ${messageOf(cause)}`, cause);
  });
}

/**
 * As `openModel`, for a graph that someone else made: in a process of its own, which is ended where the graph does not come to an end. Throws the
 * reason of the host's signal besides.
 */
export function openForeignModel(
  { bytes, sha256 }: ModelFile,
  path: string,
  provider: ExecutionProvider,
  { notice, signal }: Pick<Host, 'notice' | 'signal'>,
): Promise<Session> {
  const providers = PROVIDERS.slice(PROVIDERS.indexOf(provider));
  const layout = hasLargeKernels(bytes) ? 'plain' : 'blocked';
  const model = { path, sha256, size: bytes.length, layout } as const;
  return openProcessSession(model, { providers, notice, signal }).catch((cause) => {
    signal.throwIfAborted();
    throw wrongFile(`onnxruntime cannot load ${path}: ${messageOf(cause)}`, cause);
  });
}
