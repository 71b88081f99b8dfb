import { ConfigError } from '@refrain/core';
import type { Session } from '@refrain/onnx';
import { wrongFile } from './modelFile.ts';
import type { ModelDescription } from './onnxOptions.ts';

/** How to feed a model and which of its outputs to take. */
export interface ModelSignature {
  readonly input: string;
  readonly output: string;
  /** The input is [batch, window], or [batch, 1, window] where the model wants a channel. */
  readonly channel: boolean;
  /** The batch size the model was exported for, where it is fixed. */
  readonly batch: number | undefined;
  /** Samples per segment and from one segment to the next. */
  readonly window: number;
  readonly hop: number;
  /** Hz. */
  readonly sampleRate: number;
  /** What nobody said and was concluded from the model, in words. */
  readonly inferred: readonly string[];
}

const CLMR_WINDOW = 59_049;
const EMBEDDING_NAME = /^(embeddings?|representations?|features?)$/i;
const SCORE_NAME = /prob|logit|score|softmax|sigmoid|prediction/i;

/**
 * The signature of the model at `path`, from what it declares and what is said about it. Throws a ConfigError when the model does not
 * take one float32 waveform, a name is none of its own, or its window is not known.
 */
export function modelSignature(
  { inputs, outputs }: Pick<Session, 'inputs' | 'outputs'>,
  said: ModelDescription,
  path: string,
): ModelSignature {
  const { name: input, batch, channel, length } = waveformInput(inputs, said.inputName, path);
  const inferred: string[] = [];
  const window = windowOf(said.window, length, path);
  if (said.window === undefined) inferred.push(`window taken as ${window} samples (the length of the model's input)`);
  const sampleRate = said.sampleRate ?? (window === CLMR_WINDOW ? 22_050 : 16_000);
  if (said.sampleRate === undefined) {
    inferred.push(`sample rate taken as ${sampleRate} Hz (say --encoder.sampleRate to change it)`);
  }
  const output = embeddingOutput(outputs, said.outputName, path);
  if (said.outputName === undefined && (outputs.length > 1 || SCORE_NAME.test(output))) {
    inferred.push(`output taken as "${output}" of ${listed(outputs)} (say --encoder.outputName to change it)`);
  }
  return { input, output, channel, batch, window, hop: said.hop ?? window, sampleRate, inferred };
}

function windowOf(wanted: number | undefined, length: number | undefined, path: string): number {
  const window = wanted ?? length;
  if (window === undefined) {
    throw new ConfigError(
      'encoder.window',
      `${path} takes audio of any length: say how many samples make a segment, with --encoder.window N or {"window": N} in a .json file of the same name beside it.`,
    );
  }
  if (length !== undefined && window !== length) {
    throw new ConfigError(
      'encoder.window',
      `${path} takes exactly ${length} samples at once, not ${window}: leave window out.`,
    );
  }
  return window;
}

function waveformInput(inputs: Session['inputs'], wanted: string | undefined, path: string) {
  const input = wanted === undefined ? inputs[0] : inputs.find(({ name }) => name === wanted);
  if (input === undefined) {
    throw new ConfigError('encoder.inputName', `${path} has no input "${wanted ?? ''}". It has: ${listed(inputs)}.`);
  }
  if (inputs.length > 1) {
    throw wrongFile(
      `${path} has ${inputs.length} inputs (${listed(inputs)}); an encoder's model has one, the waveform.`,
    );
  }
  const described = input.isTensor ? `${input.type} [${input.shape.join(', ')}]` : 'no tensor';
  const expected = `the input "${input.name}" of ${path} is ${described}; expected float32 [batch, samples] or [batch, 1, samples]`;
  if (!input.isTensor || input.type !== 'float32') throw wrongFile(`Wrong type of input: ${expected}.`);
  const sizes = input.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
  const channel = sizes.length === 3;
  if (!(sizes.length === 2 || channel) || (channel && (sizes[1] ?? 1) !== 1)) {
    throw wrongFile(
      `Wrong shape of input: ${expected}. A model that takes a spectrogram needs its front end exported with it.`,
    );
  }
  return { name: input.name, batch: sizes[0], channel, length: sizes.at(-1) };
}

/** The output that was asked for, or named as an embedding, or the first that is not named as scores of classes. */
function embeddingOutput(outputs: Session['outputs'], wanted: string | undefined, path: string): string {
  const find = (matches: (name: string) => boolean) => outputs.find(({ name }) => matches(name));
  const output =
    wanted === undefined
      ? (find((name) => EMBEDDING_NAME.test(name)) ?? find((name) => !SCORE_NAME.test(name)) ?? outputs[0])
      : find((name) => name === wanted);
  if (output === undefined) {
    throw new ConfigError('encoder.outputName', `${path} has no output "${wanted ?? ''}". It has: ${listed(outputs)}.`);
  }
  if (!output.isTensor || output.type !== 'float32') {
    throw new ConfigError(
      'encoder.outputName',
      `The output "${output.name}" of ${path} is ${output.isTensor ? output.type : 'no tensor'}; expected a float32 tensor. It has: ${listed(outputs)}.`,
    );
  }
  return output.name;
}

function listed(values: Session['inputs']): string {
  return values.map(({ name }) => name).join(', ');
}
