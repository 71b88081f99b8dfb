import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readGraphModel } from '@refrain/checkpoints';
import { quoted, refusal } from '@refrain/core';
import { modelBytes } from '@refrain/onnx';
import { GraphWriter } from '../graph-model/graphWriter.ts';
import { translateGraphModel } from '../graph-model/translate.ts';
import type { ModelFile } from '../onnx-model/modelFile.ts';
import { basicPitchArrangements } from './arrangements.ts';

/** Samples of a window, and their rate in Hz. */
export const WINDOW = 43_844;
/** What the model hears, in Hz. */
export const SAMPLE_RATE = 22_050;

/** Numbers per window: the means in time of contours (three to a semitone over 88 keys), notes and onsets. */
export const EMBEDDING_SIZE = 264 + 88 + 88;

// In its signature: the waveform, and contours, notes and onsets, each batch × 172 frames × pitches.
const INPUT = 'input_2';
const OUTPUTS = ['contour', 'Identity_1:0', 'Identity_2:0'];

// What is built has the model translated already (copyModel.mjs): that takes longer than all else before the first window.
const TRANSLATED = fileURLToPath(new URL('model/basic-pitch.onnx', import.meta.url));

/** Where the model.json is. */
function basicPitchPath(): string {
  return createRequire(import.meta.url).resolve('@spotify/basic-pitch/model/model.json');
}

let translated: Promise<Uint8Array> | undefined;

/** Basic Pitch as `translateBasicPitch` gives it, and the file that it is from. It is translated once at most. */
export async function readBasicPitch(): Promise<ModelFile & { readonly path: string }> {
  const isTranslated = existsSync(TRANSLATED);
  const path = isTranslated ? TRANSLATED : basicPitchPath();
  if (!isTranslated) translated ??= translateBasicPitch(path);
  const bytes = await (translated ?? readFile(path));
  return { path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * Basic Pitch (Bittner, Bosch, Rubinstein, Meseguer-Brocal and Ewert 2022) as the bytes of an ONNX model: input `audio` [1, 43844], output
 * `embedding` [1, 440]; `asItIs` translates it node by node, which is slower and gives the same up to rounding. Throws a DataError that names the file where it
 * is another model.
 */
export async function translateBasicPitch(path = basicPitchPath(), { asItIs = false } = {}): Promise<Uint8Array> {
  const model = await readGraphModel(path);
  const writer = new GraphWriter();
  const audio = writer.add('Unsqueeze', ['audio', writer.integers([2])]);
  const arrangements = asItIs ? undefined : await basicPitchArrangements(model, WINDOW);
  const outputs = await translateGraphModel(model, writer, new Map([[INPUT, audio]]), arrangements);
  const means = OUTPUTS.map((name) => {
    const value = outputs.get(name);
    if (value !== undefined) return writer.add('ReduceMean', [value], { axes: [1], keepdims: 0 });
    throw refusal(path, `has no output ${quoted(name)}; Basic Pitch has.`);
  });
  const graph = writer.graph(
    [{ name: 'audio', type: 'float32', shape: [1, WINDOW] }],
    [[{ name: 'embedding', type: 'float32', shape: [1, EMBEDDING_SIZE] }, writer.add('Concat', means, { axis: 1 })]],
  );
  return modelBytes(graph);
}
