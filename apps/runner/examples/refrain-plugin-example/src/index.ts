import { definePlugin } from '@refrain/core';
import { connectedComponents } from './connectedComponents.ts';
import { tonesDataset } from './tones.ts';

export default definePlugin({ clusterer: [connectedComponents], dataset: [tonesDataset] });
