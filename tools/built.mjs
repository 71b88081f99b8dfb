// Run after a build: what nx finds built already it leaves as it lies, be it older than its sources, as after a change of branches there and back. The
// command of a clone goes by their times (apps/runner/bin/isBuilt.mjs).
import { existsSync, readdirSync, utimesSync } from 'node:fs';

const now = new Date();
for (const folder of [...readdirSync('packages').map((name) => `packages/${name}`), 'apps/runner']) {
  const bundle = `${folder}/dist/bundle/index.js`;
  if (existsSync(bundle)) utimesSync(bundle, now, now);
}
