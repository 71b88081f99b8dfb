import {
  type Clip,
  DataError,
  type Dataset,
  type Host,
  type Matrix,
  seededRandom,
  shuffled,
  type Waveform,
  zeros,
} from '@refrain/core';
import { type Graph, modelBytes, openSession } from '@refrain/onnx';
import { checkWaveform, inOnePiece } from '../../segments.ts';
import { type ClmrSignature, embedSegments } from '../embedClip.ts';
import { type Convolution, sampleCnnGraph } from '../sampleCnn.ts';
import { EMBEDDING_SIZE, SAMPLE_RATE } from '../weights.ts';
import { activationRanges } from './activationRanges.ts';
import { FEWEST_COMPARED, type Fidelity, fidelity } from './fidelity.ts';
import { quantizedSampleCnnGraph } from './quantizedGraph.ts';

/** What int8 needs to know of a model's activations on a dataset, and what it changes there. */
export interface Calibration {
  /** As `ActivationRanges.ranges`. */
  readonly ranges: readonly number[];
  /** How many clips the ranges are from. */
  readonly calibrated: number;
  /** How many clips were compared, and how many of these the ranges are from too. */
  readonly compared: number;
  readonly repeated: number;
  /** Undefined where there were too few clips to compare. */
  readonly fidelity?: Fidelity | undefined;
}

/** Where the calibration takes place. */
export interface CalibrationPlace {
  readonly dataset: Dataset;
  readonly host: Host;
  /** The checkpoint's path, for messages. */
  readonly path: string;
}

/** One segment at a time: as quick as several on a CPU, in less memory. */
const SIGNATURE: ClmrSignature = { input: 'audio', output: 'representation', channel: true, batch: 1 };

/**
 * Calibrates a SampleCNN in int8 on some clips and compares it with float32 on others. Clips that can't be read are left out; a DataError
 * that names the dataset when none can.
 */
export async function calibrate(
  convolutions: readonly Convolution[],
  { calibrated, compared }: CalibrationClips,
  { dataset, host, path }: CalibrationPlace,
): Promise<Calibration> {
  const forRanges = readClips(calibrated, dataset, host, 'calibrating int8');
  const { ranges, clips } = await activationRanges(convolutions, forRanges, path, host.signal);
  if (clips === 0) {
    throw new DataError(
      dataset.name,
      `int8 is calibrated on train clips, but none of the ${calibrated.length} of ${dataset.name} that were tried can be read. With encoder.precision float32 the run tells why.`,
    );
  }
  const forFidelity = readClips(compared, dataset, host, 'comparing int8 with float32');
  const graphs = [sampleCnnGraph(convolutions), quantizedSampleCnnGraph(convolutions, ranges)];
  const { used, embeddings } = await embedByAll(graphs, forFidelity, host.signal);
  const repeated = used.filter((clip) => calibrated.includes(clip)).length;
  const figures = { ranges, calibrated: clips, compared: used.length, repeated };
  if (used.length < FEWEST_COMPARED) return figures;
  const [float32, int8] = embeddings as [Matrix, Matrix];
  return { ...figures, fidelity: fidelity(float32, int8) };
}

/** The embeddings of all clips, clips × 512, by each graph: the mean of a clip's segments as a unit vector. */
async function embedByAll(
  graphs: readonly Graph[],
  waveforms: ReturnType<typeof readClips>,
  signal: AbortSignal,
): Promise<{ readonly used: readonly Clip[]; readonly embeddings: readonly Matrix[] }> {
  const sessions = await Promise.all(graphs.map((graph) => openSession(modelBytes(graph))));
  const used: Clip[] = [];
  const rows = sessions.map((): Float32Array[] => []);
  try {
    for await (const { clip, ...waveform } of waveforms) {
      for (const [i, session] of sessions.entries()) {
        const pieces = inOnePiece(waveform, { name: 'clmr', sampleRate: SAMPLE_RATE });
        rows[i]!.push(clipEmbedding(await embedSegments(session, SIGNATURE, pieces, false, [signal])));
      }
      used.push(clip);
    }
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
  return { used, embeddings: rows.map(matrixOf) };
}

/** The mean of the rows, summed in float64, as a unit vector. */
function clipEmbedding({ data, rows, cols }: Matrix): Float32Array {
  const mean = new Float64Array(cols);
  for (let at = 0; at < rows * cols; at++) mean[at % cols]! += data[at]! / rows;
  const length = Math.hypot(...mean) || 1;
  return Float32Array.from(mean, (value) => value / length);
}

function matrixOf(rows: readonly Float32Array[]): Matrix {
  const matrix = zeros(rows.length, EMBEDDING_SIZE);
  for (const [i, row] of rows.entries()) matrix.data.set(row, i * EMBEDDING_SIZE);
  return matrix;
}

/** What the user is told of a calibration, in a few sentences. */
export function calibrationNotice({ calibrated, compared, repeated, fidelity: found }: Calibration): string {
  const warning =
    'int8 changes which clips look redundant: it is not for figures in a paper unless this is acceptable there.';
  const ranges = `The clmr encoder runs in int8, calibrated on ${clips(calibrated)}.`;
  if (found === undefined) {
    return `${ranges} How faithful it is to float32 is not known: that takes at least ${FEWEST_COMPARED} readable train clips, there are ${compared}. ${warning}`;
  }
  const { cosine, sameNearest, sameNeighbours, largestChange } = found;
  const flattered =
    repeated === 0 ? '' : ` (${repeated} of them from the calibration, for want of others, which flatters the figures)`;
  const agreement = `centred cosine ${cosine.mean.toFixed(4)} on average, ${cosine.worst.toFixed(4)} at worst; ${percent(sameNearest)} of the clips have the same nearest neighbour, ${percent(sameNeighbours)} of the five nearest stay; the similarity of a pair changes by up to ${largestChange.toFixed(3)}`;
  return `${ranges} Compared with float32 on ${clips(compared)}${flattered}: ${agreement}. ${warning}`;
}

const clips = (count: number) => `${count} train ${count === 1 ? 'clip' : 'clips'}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** Train clips for the two parts of a calibration. */
export interface CalibrationClips {
  /** For the ranges of the activations. */
  readonly calibrated: readonly Clip[];
  /** For the comparison with float32: others, and of the calibrated ones as many as are needed where there are too few. */
  readonly compared: readonly Clip[];
}

const CALIBRATED = 32;
const COMPARED = 64;

/** The train clips of `dataset` that int8 is calibrated on and compared on: drawn at random, the same for the same ids in whatever order. */
export function drawCalibrationClips({ clips }: Pick<Dataset, 'clips'>): CalibrationClips {
  const train = clips.filter(({ split }) => split === 'train').sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const drawn = Array.from(shuffled(seededRandom('clmr int8'), train.length), (i) => train[i]!);
  const calibrated = drawn.slice(0, CALIBRATED);
  return { calibrated, compared: [...drawn.slice(CALIBRATED), ...calibrated].slice(0, COMPARED) };
}

/** The clips that can be read, at CLMR's sample rate, one after another; each counts as a step of a progress named `label`. */
export async function* readClips(
  clips: readonly Clip[],
  dataset: Dataset,
  host: Host,
  label: string,
): AsyncGenerator<Waveform & { readonly clip: Clip }> {
  const { resample } = await import('@refrain/audio');
  const progress = host.progress(label, clips.length, 'clips');
  try {
    for (const clip of clips) {
      host.signal.throwIfAborted();
      const waveform = await dataset
        .readAudio(clip, { signal: host.signal })
        .then((audio) => resample(audio, SAMPLE_RATE))
        .then((audio) => {
          checkWaveform(audio, { name: 'clmr', sampleRate: SAMPLE_RATE });
          return audio;
        })
        .catch((error: unknown) => {
          // Whoever embeds the whole dataset tells which clips can't be read.
          if (!(error instanceof DataError)) throw error;
          return undefined;
        });
      if (waveform !== undefined) yield { ...waveform, clip };
      progress.advance();
    }
  } finally {
    progress.end();
  }
}
