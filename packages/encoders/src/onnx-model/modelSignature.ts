import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConfigError, type Host, messageOf, numberOption, parseOptions, z } from '@refrain/core';
import type { Session } from '@refrain/onnx';
import { wrongFile } from './modelFile.ts';

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
    inferred.push(`sample rate taken as ${sampleRate} Hz (encoder.sampleRate changes it)`);
  }
  const output = embeddingOutput(outputs, said.outputName, path);
  if (said.outputName === undefined && (outputs.length > 1 || SCORE_NAME.test(output))) {
    inferred.push(`output taken as "${output}" of ${listed(outputs)} (encoder.outputName changes it)`);
  }
  return { input, output, channel, batch, window, hop: said.hop ?? window, sampleRate, inferred };
}

function windowOf(wanted: number | undefined, length: number | undefined, path: string): number {
  const window = wanted ?? length;
  if (window === undefined) {
    throw new ConfigError(
      'encoder.window',
      `${path} takes audio of any length: say how many samples make a segment, with encoder.window or {"window": N} in a .json file of the same name beside it.`,
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

/** What may be said about a model, in options or in the JSON file beside it. */
const descriptionSchema = z.object({
  sampleRate: numberOption((rate) => rate.int().min(1000).max(384_000))
    .optional()
    .describe(
      'sample rate in Hz the model was trained on; 22,050 for a window of 59,049 samples, else 16,000, unless given',
    ),
  window: numberOption((samples) => samples.int().min(1))
    .optional()
    .describe("samples the model takes at once; the fixed length of the model's input unless given"),
  hop: numberOption((samples) => samples.int().min(1))
    .optional()
    .describe('samples from the start of one window to the start of the next; as many as the window has unless given'),
  inputName: z
    .string()
    .min(1)
    .optional()
    .describe("name of the model's input for the waveform; its only input unless given"),
  outputName: z
    .string()
    .min(1)
    .optional()
    .describe("name of the model's output with the embedding; recognised by its name unless given"),
});

/** The options of `onnx`. */
export const onnxOptions = z.object({
  checkpointPath: z.string().min(1).optional().describe('the model, an .onnx file; must be given'),
  ...descriptionSchema.shape,
  provider: z
    .enum(['cpu', 'cuda', 'webgpu'])
    .default('cpu')
    .describe('where the model runs; falls back from cuda to webgpu to cpu and says why'),
});

/** The options of `onnx`, checked. */
export type OnnxOptions = z.output<typeof onnxOptions>;
/** What is said of a model beside its file. */
export type ModelDescription = z.output<typeof descriptionSchema>;

/**
 * What options and the JSON file beside the model say about it; options win. Throws a ConfigError that names the file when it is
 * no JSON or says something impossible. Keys it does not know are told, not obeyed.
 */
export async function describeModel(path: string, options: ModelDescription, host: Host): Promise<ModelDescription> {
  const known = Object.keys(descriptionSchema.shape);
  const besides = path.replace(/(\.onnx)?$/i, '.json');
  const entries = Object.entries(await readDescription(besides));
  const ignored = entries.filter(([key]) => !known.includes(key)).map(([key]) => key);
  if (ignored.length > 0) {
    host.notice(`${besides} also says ${ignored.join(', ')}: not used. The onnx encoder reads ${known.join(', ')}.`);
  }
  const used = Object.fromEntries(entries.filter(([key]) => known.includes(key)));
  const given = Object.entries(options).filter(([key, value]) => known.includes(key) && value !== undefined);
  return { ...parseOptions(descriptionSchema, used, basename(besides)), ...Object.fromEntries(given) };
}

async function readDescription(path: string): Promise<Readonly<Record<string, unknown>>> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new ConfigError(path, `${path}, the description beside the model, ${why}.`, { cause });
  };
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '{}' : refuse(`can't be read: ${messageOf(error)}`, error),
  );
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    refuse(`is no JSON: ${messageOf(cause)}`, cause);
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return refuse('must be a JSON object');
  return said as Record<string, unknown>;
}
