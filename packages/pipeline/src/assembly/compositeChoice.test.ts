import { ConfigError } from '@refrain/core';
import { basicPitch, clmr, mfcc, onnx } from '@refrain/encoders';
import { describe, expect, it } from 'vitest';
import type { Choice } from './assemble.ts';
import { partsOf } from './compositeChoice.ts';

const known = [mfcc, basicPitch, clmr, onnx];
const parts = (choice: Choice) => partsOf(choice, ({ use }) => known.find(({ name }) => name === use));

describe('partsOf', () => {
  it('is undefined for a single encoder', () => {
    expect(parts({ use: 'mfcc', options: { sampleRate: 16_000 } })).toBeUndefined();
  });

  it('takes names between commas, and options under the names of their parts', () => {
    const options = { mfcc: { segmentSeconds: 2 }, 'mfcc.sampleRate': 16_000, provider: 'cpu' };
    expect(parts({ use: 'mfcc, basic-pitch', options })).toEqual([
      { use: 'mfcc', options: { segmentSeconds: 2, sampleRate: 16_000 } },
      { use: 'basic-pitch', options: { provider: 'cpu' } },
    ]);
  });

  it('takes the choices it holds, and leaves them as they are', () => {
    const held = { use: 'mfcc', options: { sampleRate: 8000 }, component: mfcc };
    const options = { checkpointPath: 'model.onnx' };
    const other = { use: 'clmr', options: {} };
    expect(parts({ use: 'mfcc,clmr', options, parts: [held, other] })).toEqual([held, { use: 'clmr', options }]);
    expect([held.options, other.options]).toEqual([{ sampleRate: 8000 }, {}]);
  });

  it('gives an option to all that have it', () => {
    const both = parts({ use: 'clmr,onnx,mfcc', options: { checkpointPath: 'a.onnx' } })!;
    expect(both.map(({ options }) => options)).toEqual([
      { checkpointPath: 'a.onnx' },
      { checkpointPath: 'a.onnx' },
      {},
    ]);
  });

  it.each([
    ['a name twice', { use: 'mfcc,mfcc', options: {} }, 'encoder', /names mfcc twice/],
    [
      'an option that none has',
      { use: 'mfcc,basic-pitch', options: { checkpointPath: 'x' } },
      'encoder.checkpointPath',
      /none of mfcc, basic-pitch/,
    ],
  ])('refuses %s', (_, choice, option, message) => {
    expect(() => parts(choice)).toThrow(ConfigError);
    expect(() => parts(choice)).toThrow(message);
    expect(() => parts(choice)).toThrow(expect.objectContaining({ option }));
  });
});
