import { basename } from 'node:path';
import { type CallableComponent, ConfigError, defineComponent, type Host, messageOf, quietHost } from '@refrain/core';
import type { Session } from '@refrain/onnx';
import { embedWindows, ModelEncoder, openModel, runModel } from './modelEncoder.ts';
import { readModelFile, wrongFile } from './modelFile.ts';
import { describeModel, type ModelSignature, modelSignature, type OnnxOptions, onnxOptions } from './modelSignature.ts';
import { EndlessModelError } from './processSession.ts';

const LARGEST_BATCH = 16;

/**
 * An encoder that runs the ONNX model at `checkpointPath` on every window of a clip. A last partial window is dropped; a clip shorter than one window
 * is padded with zeros at its end to one. Throws a ConfigError that names the option
 * or the file when the model can't be used; what nobody said about the model is concluded from it and told through `host.notice`.
 */
export async function openOnnxEncoder(options: Partial<OnnxOptions>, host: Host = quietHost()): Promise<ModelEncoder> {
  const { checkpointPath: path, provider = 'cpu' } = options;
  if (path === undefined) {
    throw new ConfigError(
      'encoder.checkpointPath',
      'The onnx encoder needs a model: give encoder.checkpointPath, a model that takes a waveform. Without one, use the mfcc encoder.',
    );
  }
  const file = await readModelFile(path);
  const said = await describeModel(path, options, host);
  const session = await openModel({ ...file, path, isForeign: true }, provider, host);
  try {
    const signature = modelSignature(session, said, path);
    const dim = await probeDim(session, signature, path, host.signal);
    if (signature.inferred.length > 0) host.notice(`${basename(path)}: ${signature.inferred.join(', ')}.`);
    const { window, hop, sampleRate, input, output, batch = LARGEST_BATCH } = signature;
    const grid = { windowSeconds: window / sampleRate, hopSeconds: hop / sampleRate };
    const identity = [file.sha256, window, hop, sampleRate, input, output];
    return new ModelEncoder(
      session,
      { name: 'onnx', sampleRate, dim, grid, identity },
      (clip) => embedWindows(clip, signature, { name: 'onnx', atOnce: batch }),
      host.signal,
    );
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The numbers per window, from a run on zeros: declared shapes are often open, and sometimes wrong. */
async function probeDim(
  session: Session,
  signature: ModelSignature,
  path: string,
  interruption: AbortSignal,
): Promise<number> {
  const { window, output } = signature;
  const { dims, batch } = await runModel(session, signature, new Float32Array(window), window).catch((cause) => {
    interruption.throwIfAborted();
    if (cause instanceof EndlessModelError)
      throw wrongFile(`${path} was tried on ${window} samples: ${cause.message}.`, cause);
    throw new ConfigError(
      'encoder.window',
      `${path} cannot run on a window of ${window} samples (another may do where its input has no fixed length): ${messageOf(cause)}`,
      { cause },
    );
  });
  const [rows, dim = 0, ...rest] = dims;
  if (rows !== batch || dim === 0 || rest.some((size) => size !== 1)) {
    throw new ConfigError(
      'encoder.outputName',
      `The output "${output}" of ${path} has the shape [${dims.join(', ')}] for ${batch} window; expected [${batch}, dim]: one embedding per window.`,
    );
  }
  return dim;
}

/** The component `onnx`. */
export const onnx: CallableComponent<ModelEncoder, typeof onnxOptions, readonly ['host']> = defineComponent({
  name: 'onnx',
  description: 'an ONNX model that takes a waveform, e.g. CLMR or MusiCNN',
  options: onnxOptions,
  inject: ['host'],
  create: openOnnxEncoder,
});
