import { testKernel } from '@refrain/core/testing';
import { describe } from 'vitest';
import { plainLoops } from './kernel.js';

describe('plain-loops', () => testKernel(() => plainLoops()));
