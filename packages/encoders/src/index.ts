import { definePlugin } from '@refrain/core';
import { basicPitch } from './basic-pitch/basicPitchEncoder.ts';
import { chromaprint } from './chromaprint/chromaprintEncoder.ts';
import { clmr } from './clmr/clmrEncoder.ts';
import { mfcc } from './mfcc/mfccEncoder.ts';
import { onnx } from './onnx-model/onnxEncoder.ts';

export {
  type BasicPitchOptions,
  basicPitch,
  openBasicPitchEncoder,
} from './basic-pitch/basicPitchEncoder.ts';
export {
  ChromaprintEncoder,
  chromaprint,
  SUB_FINGERPRINT_SECONDS,
  SUB_FINGERPRINT_SPAN,
} from './chromaprint/chromaprintEncoder.ts';
export { type ClmrOptions, clmr, openClmrEncoder } from './clmr/clmrEncoder.ts';
export { hzToMel, type MelFilterbank, melFilterbank, melToHz } from './mfcc/mel.ts';
export {
  decibels,
  deltas,
  type FrameSeries,
  type MfccPlan,
  melPower,
  mfccFrames,
  mfccPlan,
  powerSpectrum,
  summary,
} from './mfcc/mfcc.ts';
export { MfccEncoder, type MfccOptions, mfcc } from './mfcc/mfccEncoder.ts';
export type { ModelEncoder } from './onnx-model/modelEncoder.ts';
export type { OnnxOptions } from './onnx-model/modelSignature.ts';
export { onnx, openOnnxEncoder } from './onnx-model/onnxEncoder.ts';

export default definePlugin({ encoder: [clmr, onnx, mfcc, basicPitch, chromaprint] });
