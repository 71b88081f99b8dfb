#!/usr/bin/env node
// Runs the command from its TypeScript sources, so that a clone needs no build. The published package has dist/bundle/main.js as its bin.
import '@refrain/core/from-source';

await import('../src/main.ts');
