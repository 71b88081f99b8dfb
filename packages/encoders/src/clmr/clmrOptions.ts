import { booleanOption, z } from '@refrain/core';
import { onnxOptions } from '../onnx-model/onnxOptions.ts';

export const clmrOptions = z.object({
  checkpointPath: z
    .string()
    .min(1)
    .optional()
    .describe("CLMR's encoder, a .pt, .ckpt, .safetensors or .onnx file; must be given"),
  padLast: booleanOption()
    .default(false)
    .describe('whether a last piece shorter than a segment is filled up with zeros; dropped otherwise, as CLMR does'),
  wholeClip: booleanOption()
    .default(false)
    .describe('whether the clip goes through the encoder in one piece, so that segments hear their neighbours'),
  provider: onnxOptions.shape.provider,
  precision: z
    .enum(['float32', 'int8'])
    .default('float32')
    .describe(
      'int8 is about three times as quick on a CPU, calibrated on your train clips, and changes which clips look redundant: it says by how much',
    ),
});

export type ClmrOptions = z.output<typeof clmrOptions>;
