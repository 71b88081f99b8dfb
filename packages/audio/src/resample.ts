import { ConfigError, type Waveform } from '@refrain/core';
import { LeaseCache } from './leaseCache.ts';
import { convWidth, openConvSession, resampleByConv } from './polyphaseConv.ts';
import { resampleByLoop } from './polyphaseLoop.ts';
import { kernelShape, resampleKernel } from './resampleKernel.ts';

interface Resampler {
  resample(samples: Float32Array, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Convolutions with more weights than this are mostly zeros (rates with few common divisors): there the loop is quicker and smaller. */
const MAX_CONV_WEIGHTS = 4_000_000;

/** Filter coefficients kept for the next file, 8 bytes each at most. */
const CACHED_VALUES = 16_000_000;

const resamplers = new LeaseCache<Resampler>(CACHED_VALUES);

/**
 * The waveform at another sample rate in Hz, as FFmpeg's libswresample resamples by default; the same waveform when it has this rate.
 * The length is ceil(n · target / source), so at least one sample for one. Beyond its ends the input goes on as its mirror image, over and over
 * for inputs shorter than the filter, where FFmpeg would give fewer samples or none.
 * Throws a ConfigError unless both rates are positive whole numbers.
 */
export async function resample(waveform: Waveform, sampleRate: number): Promise<Waveform> {
  for (const rate of [waveform.sampleRate, sampleRate]) {
    if (!Number.isSafeInteger(rate) || rate <= 0) {
      throw new ConfigError('sampleRate', `Resampling needs sample rates in whole Hz above 0, given: ${rate}.`);
    }
  }
  const { samples, sampleRate: source } = waveform;
  if (source === sampleRate) return waveform;
  const shape = kernelShape(source, sampleRate);
  const count = Math.ceil((samples.length * shape.up) / shape.down);
  if (count === 0) return { samples: new Float32Array(0), sampleRate };
  const convWeights = shape.up * convWidth(shape);
  const byConv = convWeights <= MAX_CONV_WEIGHTS;
  const resampled = await resamplers.use(
    `${source} ${sampleRate}`,
    byConv ? convWeights : shape.up * shape.taps,
    () => (byConv ? convResampler(source, sampleRate) : loopResampler(source, sampleRate)),
    (resampler) => resampler.resample(samples, count),
  );
  return { samples: resampled, sampleRate };
}

async function convResampler(source: number, target: number): Promise<Resampler> {
  const shape = kernelShape(source, target);
  const session = await openConvSession(resampleKernel(source, target));
  return {
    resample: (samples, count) => resampleByConv(samples, shape, session, count),
    close: () => session.close(),
  };
}

async function loopResampler(source: number, target: number): Promise<Resampler> {
  const kernel = resampleKernel(source, target);
  return {
    resample: async (samples, count) => resampleByLoop(samples, kernel, count),
    close: async () => {},
  };
}
