import { plainKernel, testClusterer } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createClusterer } from './index.js';

describe('my-clusterer', () => testClusterer(() => createClusterer({ similarity: 0.95 }, plainKernel())));
