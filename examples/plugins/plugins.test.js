// #region suites
import { plainKernel, testClusterer, testDecoder, testEncoder, testExecutor } from '@refrain/core/testing';
import { describe } from 'vitest';
import { connectedClusterer } from './clusterer.js';
import { wavOnly } from './decoder.js';
import { loudnessEncoder } from './encoder.js';
import { oneByOneExecutor } from './executor.js';

describe('connected', () => testClusterer(() => connectedClusterer.create({ similarity: 0.9 }, plainKernel())));
describe('wav-only', () => testDecoder(() => wavOnly.create({})));
describe('loudness', () => testEncoder(() => loudnessEncoder.create({ parts: 20 })));
describe('one-by-one', () =>
  testExecutor(async (processors) => ({
    executor: oneByOneExecutor.create({}, processors),
    close: async () => {},
  })));
// #endregion
