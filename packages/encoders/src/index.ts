import { definePlugin } from '@refrain/core';
import { chromaprintComponent } from './chromaprint/chromaprintEncoder.ts';
import { clmrComponent } from './clmr/clmrEncoder.ts';
import { mfccComponent } from './mfcc/mfccEncoder.ts';
import { onnxComponent } from './onnx-model/onnxEncoder.ts';

export { ChromaprintEncoder, SUB_FINGERPRINT_SECONDS, SUB_FINGERPRINT_SPAN } from './chromaprint/chromaprintEncoder.ts';
export { type ClmrEncoder, openClmrEncoder } from './clmr/clmrEncoder.ts';
export type { ClmrOptions } from './clmr/clmrOptions.ts';
export { deltas } from './mfcc/deltas.ts';
export { hzToMel, type MelFilterbank, melFilterbank, melToHz } from './mfcc/melFilterbank.ts';
export { decibels, type FrameSeries, type MfccPlan, melPower, mfcc, mfccPlan, powerSpectrum } from './mfcc/mfcc.ts';
export { MfccEncoder, type MfccOptions } from './mfcc/mfccEncoder.ts';
export { summary } from './mfcc/summary.ts';
export { type OnnxEncoder, openOnnxEncoder } from './onnx-model/onnxEncoder.ts';
export type { OnnxOptions } from './onnx-model/onnxOptions.ts';

export default definePlugin({ encoder: [clmrComponent, onnxComponent, mfccComponent, chromaprintComponent] });
