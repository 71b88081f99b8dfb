import { type Clip, DataError, type Dataset, type Host, seededRandom, shuffled, type Waveform } from '@refrain/core';
import { checkWaveform } from '../../segments.ts';
import { SAMPLE_RATE } from '../weights.ts';

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
