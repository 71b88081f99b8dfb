import { testKernel } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createKernel } from './index.js';

describe('my-kernel', () => testKernel(createKernel));
