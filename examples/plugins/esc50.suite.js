// #region suite
import { readAudioFile } from '@refrain/audio';
import { testDataset } from '@refrain/core/testing';
import { describe } from 'vitest';
import { openEsc50 } from './esc50.js';

describe('esc50', () => testDataset(() => openEsc50('fixtures/esc50', { decode: readAudioFile })));
// #endregion
