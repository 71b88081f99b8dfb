import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConfigError, type Host, messageOf, numberOption, parseOptions, z } from '@refrain/core';

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

export const onnxOptions = z.object({
  checkpointPath: z.string().min(1).optional().describe('the model, an .onnx file; must be given'),
  ...descriptionSchema.shape,
  provider: z
    .enum(['cpu', 'cuda', 'webgpu'])
    .default('cpu')
    .describe('where the model runs; falls back from cuda to webgpu to cpu and says why'),
});

export type OnnxOptions = z.output<typeof onnxOptions>;
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
  const said = parseOptions(descriptionSchema, used, basename(besides));
  const { sampleRate, window, hop, inputName, outputName } = options;
  return {
    sampleRate: sampleRate ?? said.sampleRate,
    window: window ?? said.window,
    hop: hop ?? said.hop,
    inputName: inputName ?? said.inputName,
    outputName: outputName ?? said.outputName,
  };
}

async function readDescription(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(path, `Cannot read ${path}, the description beside the model: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(path, `${path}, the description beside the model, is no JSON: ${messageOf(cause)}.`, {
      cause,
    });
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) {
    throw new ConfigError(path, `${path}, the description beside the model, must be a JSON object.`);
  }
  return said as Record<string, unknown>;
}
