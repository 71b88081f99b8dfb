import { type CallableComponent, defineComponent, type Host, quietHost, z } from '@refrain/core';
import { embedWindows, ModelEncoder, openedWhenRun, openModel } from '../onnx-model/modelEncoder.ts';
import { onnxOptions } from '../onnx-model/modelSignature.ts';
import { EMBEDDING_SIZE, readBasicPitch, SAMPLE_RATE, WINDOW } from './basicPitchModel.ts';

const options = z.object({ provider: onnxOptions.shape.provider });

/** The options of `basic-pitch`. */
export type BasicPitchOptions = z.output<typeof options>;

const GRID = { windowSeconds: WINDOW / SAMPLE_RATE, hopSeconds: WINDOW / SAMPLE_RATE };

// One window at a time: on a processor more at once are no quicker, and take more memory.
const SIGNATURE = { input: 'audio', output: 'embedding', channel: false, batch: 1, window: WINDOW, hop: WINDOW };

/**
 * Describes each window of 43,844 samples (1.988 s) by which notes sound in it: the means in time of Basic Pitch's contours (264), notes (88) and
 * onsets (88), 0 … 1. A last partial window is dropped; a clip shorter than a window is padded with zeros to one.
 */
export async function openBasicPitchEncoder(
  { provider = 'cpu' }: Partial<BasicPitchOptions> = {},
  host: Host = quietHost(),
): Promise<ModelEncoder> {
  const model = await readBasicPitch();
  const open = () => openModel({ ...model, isForeign: false }, provider, host);
  const session = provider === 'cpu' ? openedWhenRun(open) : await open();
  return new ModelEncoder(
    session,
    { name: 'basic-pitch', sampleRate: SAMPLE_RATE, dim: EMBEDDING_SIZE, grid: GRID, identity: [model.sha256] },
    (clip) => embedWindows(clip, SIGNATURE, { name: 'basic-pitch', atOnce: 1 }),
    host.signal,
  );
}

/** The component `basic-pitch`. */
export const basicPitch: CallableComponent<ModelEncoder, typeof options, readonly ['host']> = defineComponent({
  name: 'basic-pitch',
  description: "which notes sound, by Spotify's Basic Pitch; the model comes with it",
  options,
  inject: ['host'],
  create: openBasicPitchEncoder,
});
