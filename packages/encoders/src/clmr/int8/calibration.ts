import { inOnePiece } from '@refrain/audio';
import {
  byCodeUnits,
  type Clip,
  DataError,
  type Dataset,
  dot,
  type Host,
  type Matrix,
  onGrid,
  seededRandom,
  shuffled,
  type Waveform,
  z,
  zeros,
} from '@refrain/core';
import { type Graph, modelBytes, openSession } from '@refrain/onnx';
import { embedWindows, type WindowSignature } from '../../onnx-model/modelEncoder.ts';
import { checkFinite, noSamples, stacked } from '../../segments.ts';
import { type Convolution, sampleCnnGraph } from '../sampleCnn.ts';
import { EMBEDDING_SIZE, SAMPLE_RATE, SEGMENT } from '../weights.ts';
import { activationRanges } from './activationRanges.ts';
import { quantizedSampleCnnGraph } from './quantizedGraph.ts';

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);

/** How much the embeddings of the same clips by two models agree. Similarities are cosines of embeddings less their mean over the clips. */
const fidelitySchema = z.object({
  /** Of the two embeddings of one clip: the mean over the clips, and the least. */
  cosine: z.object({ mean: z.number(), worst: z.number() }),
  /** The share of clips with the same nearest neighbour by both. */
  sameNearest: share,
  /** The share of the five nearest neighbours by one that are among the five by the other, on average. */
  sameNeighbours: share,
  /** By how much the similarity of a pair changes at most. */
  largestChange: z.number().min(0),
});

type Fidelity = z.output<typeof fidelitySchema>;

/** What int8 needs to know of a model's activations on a dataset, and what it changes there. */
export const calibrationSchema = z.object({
  /** As `ActivationRanges.ranges`. */
  ranges: z.array(z.number().min(0)).readonly(),
  /** How many clips the ranges are from. */
  calibrated: count,
  /** How many clips were compared, and how many of these the ranges are from too. */
  compared: count,
  repeated: count,
  /** Undefined where there were too few clips to compare. */
  fidelity: fidelitySchema.optional(),
});

/** What is known of the values in the network, checked. */
export type Calibration = z.output<typeof calibrationSchema>;

/** Where the calibration takes place. */
export interface CalibrationPlace {
  readonly dataset: Dataset;
  readonly host: Host;
  /** The checkpoint's path, for messages. */
  readonly path: string;
}

/** One segment at a time: as quick as several on a CPU, in less memory. */
const SIGNATURE: WindowSignature = {
  ...{ input: 'audio', output: 'representation', channel: true, batch: 1 },
  ...{ window: SEGMENT, hop: SEGMENT },
};

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
  const rows = sessions.map((): Matrix[] => []);
  try {
    for await (const { clip, ...waveform } of waveforms) {
      for (const [i, session] of sessions.entries()) {
        const pieces = inOnePiece(waveform, { name: 'clmr', sampleRate: SAMPLE_RATE });
        const run = { session, pieces, signals: [signal] };
        rows[i]!.push(clipEmbedding(await embedWindows(run, SIGNATURE, { name: 'clmr', atOnce: 1 })));
      }
      used.push(clip);
    }
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
  return { used, embeddings: rows.map((clips) => stacked(clips, EMBEDDING_SIZE)) };
}

/** The mean of the rows, summed in float64, as a unit vector. */
function clipEmbedding({ data, rows, cols }: Matrix): Matrix {
  const mean = new Float64Array(cols);
  for (let at = 0; at < rows * cols; at++) mean[at % cols]! += data[at]! / rows;
  const length = Math.hypot(...mean) || 1;
  return { rows: 1, cols, data: Float32Array.from(mean, (value) => value / length) };
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
  const train = clips.filter(({ split }) => split === 'train').sort((a, b) => byCodeUnits(a.id, b.id));
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
          if (audio.samples.length === 0) throw noSamples('clmr');
          checkFinite(audio.samples, 0, 'clmr');
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

const NEIGHBOURS = 5;

/** Fewer clips say nothing: each has the same five neighbours. */
const FEWEST_COMPARED = NEIGHBOURS + 2;

/**
 * The agreement of two embeddings of the same clips, each clips × dim, with at least `FEWEST_COMPARED` clips. Of equally near clips the
 * first is the nearer one.
 */
export function fidelity(one: Matrix, other: Matrix): Fidelity {
  const [a, b] = [centredRows(one), centredRows(other)];
  const { rows } = a;
  let [cosines, worst, sameNearest, sameNeighbours, largestChange] = [0, 1, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const cosine = dot(a, i, b, i);
    cosines += cosine;
    worst = Math.min(worst, cosine);
    const [byA, byB] = [similarities(a, i), similarities(b, i)];
    for (let j = 0; j < rows; j++) largestChange = Math.max(largestChange, Math.abs(byA[j]! - byB[j]!));
    const [nearA, nearB] = [nearest(byA, i), nearest(byB, i)];
    if (nearA[0] === nearB[0]) sameNearest++;
    sameNeighbours += nearA.filter((j) => nearB.includes(j)).length / NEIGHBOURS;
  }
  return {
    cosine: { mean: cosines / rows, worst },
    sameNearest: sameNearest / rows,
    sameNeighbours: sameNeighbours / rows,
    largestChange,
  };
}

/** The rows less their mean, as unit vectors; one that is the mean stays zero. */
function centredRows({ data, rows, cols }: Matrix): Matrix {
  const centred = zeros(rows, cols);
  const mean = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) mean[i % cols]! += data[i]! / rows;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let c = 0; c < cols; c++) squares += (data[row * cols + c]! - mean[c]!) ** 2;
    const norm = Math.sqrt(squares) || 1;
    for (let c = 0; c < cols; c++) centred.data[row * cols + c] = (data[row * cols + c]! - mean[c]!) / norm;
  }
  return centred;
}

/** On the grid that similarities are compared on, so that rounding decides no tie. */
function similarities(points: Matrix, row: number): number[] {
  return Array.from({ length: points.rows }, (_, j) => onGrid(dot(points, row, points, j)));
}

function nearest(similarity: readonly number[], row: number): number[] {
  return similarity
    .map((_, j) => j)
    .filter((j) => j !== row)
    .sort((j, k) => similarity[k]! - similarity[j]! || j - k)
    .slice(0, NEIGHBOURS);
}
