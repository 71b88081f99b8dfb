import { testEncoder } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createEncoder } from './index.js';

describe('my-encoder', () => testEncoder(() => createEncoder({ windowSeconds: 1 })));
