import { plainKernel, testClusterer, testDataset } from '@refrain/core/testing';
import { describe } from 'vitest';
import { ConnectedComponents } from './connectedComponents.ts';
import { tones } from './tones.ts';

describe('connected-components', () =>
  testClusterer(() => new ConnectedComponents({ similarity: 0.95 }, plainKernel())));

describe('tones', () => testDataset(() => tones(8)));
