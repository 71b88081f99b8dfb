import { testDecoder } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createDecoder } from './index.js';

describe('my-decoder', () => testDecoder(createDecoder));
