#!/usr/bin/env node
// Runs the command of a clone: as it was built, where that is of today, else from its TypeScript sources, so that a clone needs no build. Plugins may be
// in TypeScript, too, which only the sources' loader reads. The published package has dist/bundle/main.js as its bin.
import { isBuilt } from './isBuilt.mjs';

const mayLoadPlugins = process.argv.some((word) => /^--(?:plugins?|config)\b/.test(word));

if (process.env.REFRAIN_FROM_SOURCE !== '1' && !mayLoadPlugins && isBuilt()) {
  await import('../dist/bundle/main.js');
} else {
  await import('@refrain/core/from-source');
  await import('../src/main.ts');
}
