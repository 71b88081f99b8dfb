import { quietHost } from '@refrain/core';
import { testPruner } from '@refrain/core/testing';
import { describe } from 'vitest';
import { component } from './index.js';

describe('my-pruner', () =>
  testPruner((kernel) => component.create({ fraction: 0.5, noise: 'prune' }, kernel, quietHost())));
