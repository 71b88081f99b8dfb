import { definePlugin } from '@refrain/core';
import { chromaprint } from './chromaprint/chromaprintEncoder.ts';
import { clmr } from './clmr/clmrEncoder.ts';
import { mfcc } from './mfcc/mfccEncoder.ts';
import { onnx } from './onnx-model/onnxEncoder.ts';

export {
  ChromaprintEncoder,
  chromaprint,
  SUB_FINGERPRINT_SECONDS,
  SUB_FINGERPRINT_SPAN,
} from './chromaprint/chromaprintEncoder.ts';
export { type ClmrEncoder, clmr, openClmrEncoder } from './clmr/clmrEncoder.ts';
export type { ClmrOptions } from './clmr/clmrOptions.ts';
export { deltas } from './mfcc/deltas.ts';
export { hzToMel, type MelFilterbank, melFilterbank, melToHz } from './mfcc/melFilterbank.ts';
export {
  decibels,
  type FrameSeries,
  type MfccPlan,
  melPower,
  mfccFrames,
  mfccPlan,
  powerSpectrum,
} from './mfcc/mfcc.ts';
export { MfccEncoder, type MfccOptions, mfcc } from './mfcc/mfccEncoder.ts';
export { summary } from './mfcc/summary.ts';
export { type OnnxEncoder, onnx, openOnnxEncoder } from './onnx-model/onnxEncoder.ts';
export type { OnnxOptions } from './onnx-model/onnxOptions.ts';

export default definePlugin({ encoder: [clmr, onnx, mfcc, chromaprint] });
