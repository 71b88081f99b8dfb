#!/usr/bin/env node
// Runs the command from its TypeScript sources, so that a clone needs no build. The published package has dist/main.js as its bin.
import { register } from 'node:module';
import { register as runTypeScript } from 'tsx/esm/api';

register('./source-condition.mjs', import.meta.url);
runTypeScript();
await import('../src/main.ts');
