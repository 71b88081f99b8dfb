import { syntheticEvaluationInput, testEvaluator } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createEvaluator } from './index.js';

describe('my-evaluator', () =>
  testEvaluator(createEvaluator, { makeInput: () => syntheticEvaluationInput('single-label') }));
