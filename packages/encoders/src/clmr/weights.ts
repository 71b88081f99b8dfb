import { DataError, refusal } from '@refrain/core';

/** A tensor of a checkpoint, whose values are fetched when they are wanted: row-major. */
export interface StoredTensor {
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** The tensors of a checkpoint by their keys, as PyTorch names them. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** A block of SampleCNN: a convolution over time, three samples wide, and the batch normalisation behind it. */
export interface Block {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs × inputs × 3, row-major. */
  readonly weight: Float32Array;
  /** One number per output, as are those of the normalisation. */
  readonly bias: Float32Array;
  readonly norm: {
    readonly weight: Float32Array;
    readonly bias: Float32Array;
    readonly mean: Float32Array;
    readonly variance: Float32Array;
  };
}

/** How wide SampleCNN's convolutions are, in samples. */
export const KERNEL = 3;

/** Channels of the waveform, then those behind each of the eleven blocks (CLMR's SampleCNN with nine strides of 3). */
const CHANNELS = [1, 128, 128, 128, 256, 256, 256, 256, 256, 256, 512, 512] as const;

/** The sample rate of the audio that CLMR is trained on, in Hz. */
export const SAMPLE_RATE = 22_050;

/** Samples per segment, 3¹⁰: what the strides of SampleCNN bring to one embedding. */
export const SEGMENT = 59_049;

/** Numbers per embedding. */
export const EMBEDDING_SIZE = 512;

const FIRST_KEY = 'sequential.0.0.weight';

// A Lightning checkpoint has the encoder twice, and CLMR reads the first of these.
const KNOWN_PREFIXES = ['model.encoder.', 'encoder.', 'model.', ''] as const;

/**
 * The blocks of the SampleCNN in a state dict: CLMR's pre-trained or supervised encoder, with any prefix before `sequential.`. The
 * classifier `fc` and the projector are left out: the embedding is what comes before them. Throws a DataError that names the file
 * `source` and the key when one is missing, has another shape, or holds a number that cannot be.
 */
export async function sampleCnnBlocks(state: StoredTensors, source: string): Promise<readonly Block[]> {
  const prefix = prefixOf([...state.keys()], source);
  const count = CHANNELS.length - 1;
  const further = [...state.keys()].find((key) => key.startsWith(`${prefix}sequential.${count}.`));
  if (further !== undefined) {
    throw new DataError(
      source,
      `${source} holds a deeper SampleCNN than CLMR's, which has ${count} blocks: it has "${further}" too. Export it to ONNX and use the onnx encoder.`,
    );
  }
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) blocks.push(await readBlock(state, `${prefix}sequential.${i}.`, i, source));
  return blocks;
}

async function readBlock(state: StoredTensors, prefix: string, index: number, source: string): Promise<Block> {
  const [inputs, outputs] = [CHANNELS[index]!, CHANNELS[index + 1]!];
  const read = (name: string, shape: readonly number[]) => parameter(state, `${prefix}${name}`, shape, source);
  const variance = await read('1.running_var', [outputs]);
  if (variance.some((value) => value < 0)) {
    throw refusal(source, `"${prefix}1.running_var" holds a negative variance.`);
  }
  return {
    inputs,
    outputs,
    weight: await read('0.weight', [outputs, inputs, KERNEL]),
    bias: await read('0.bias', [outputs]),
    norm: {
      weight: await read('1.weight', [outputs]),
      bias: await read('1.bias', [outputs]),
      mean: await read('1.running_mean', [outputs]),
      variance,
    },
  };
}

/** What stands before `sequential.` in the keys of the encoder. */
function prefixOf(keys: readonly string[], source: string): string {
  const found = keys
    .filter((key) => key === FIRST_KEY || key.endsWith(`.${FIRST_KEY}`))
    .map((key) => key.slice(0, key.length - FIRST_KEY.length));
  const known = KNOWN_PREFIXES.find((prefix) => found.includes(prefix));
  if (known !== undefined) return known;
  const [prefix, ...others] = found;
  if (prefix === undefined) {
    throw new DataError(
      source,
      `${source} holds no encoder of CLMR: expected the key "${FIRST_KEY}", alone or after a prefix such as "encoder.". ${looksLike(keys)}`,
    );
  }
  if (others.length > 0) {
    const listed = found.map((each) => `"${each}"`).join(', ');
    throw new DataError(
      source,
      `${source} holds ${found.length} encoders, under ${listed}: save the one that is meant with the prefix "encoder.".`,
    );
  }
  return prefix;
}

async function parameter(
  state: StoredTensors,
  key: string,
  shape: readonly number[],
  source: string,
): Promise<Float32Array> {
  const expected = `expected float numbers [${shape.join(', ')}]`;
  const tensor = state.get(key);
  if (tensor === undefined) {
    throw new DataError(source, `${source} has no "${key}": ${expected}. ${looksLike([...state.keys()])}`);
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw refusal(source, `"${key}" is [${tensor.shape.join(', ')}]; ${expected}. ${looksLike([...state.keys()])}`);
  }
  const data = await tensor.read();
  let bad = 0;
  while (bad < data.length && Number.isFinite(data[bad])) bad++;
  if (bad < data.length) {
    throw refusal(
      source,
      `"${key}" holds ${data[bad]}, which is no weight. The file is damaged, or its training diverged: use an earlier checkpoint.`,
    );
  }
  return data;
}

/** What kind of checkpoint has such keys, the most telling first. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/(^|\.)sequential\.\d+\.\d+\.weight$/, "another SampleCNN than CLMR's, or a part of one"],
  [/(^|\.)layer\d\.conv_1\.weight$/, 'a ShortChunkCNN: export it to ONNX and use the onnx encoder'],
  [/\.(self_attn|attention|attn)\./, 'a transformer: export it to ONNX and use the onnx encoder'],
  [/^(model\.)?(0|2)\.(weight|bias)$/, "CLMR's linear head (a finetuner's checkpoint): give the encoder's"],
  [/(^|\.)projector\.\d+\.weight$/, 'a projector without its encoder'],
];

const SHOWN = 3;

/** A sentence on what the keys of a state dict look like, with a few of them, for a message about one that does not fit. */
function looksLike(keys: readonly string[]): string {
  if (keys.length === 0) return 'It holds no tensor at all.';
  const kind = KINDS.find(([pattern]) => keys.some((key) => pattern.test(key)))?.[1];
  const shown = keys.slice(0, SHOWN).map((key) => `"${key}"`);
  const listed = `${shown.join(', ')}${keys.length > SHOWN ? `, … ${keys.length} in all` : ''}`;
  return kind === undefined ? `Its keys are ${listed}.` : `By its keys (${listed}) it is ${kind}.`;
}
