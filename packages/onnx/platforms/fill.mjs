// Fills the package of one platform, in whose folder it runs, with what onnxruntime-node has for it, before it is packed. That package brings the
// binaries of five platforms, and an install script that fails where it cannot download NVIDIA's part, so that npm takes the whole installation back.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const source = dirname(require.resolve('onnxruntime-node/package.json'));
const { version } = require('onnxruntime-node/package.json');
const { name, version: own } = JSON.parse(readFileSync('package.json', 'utf8'));
if (own !== version) throw new Error(`${name} is of version ${own}, onnxruntime-node of ${version}: make them equal.`);

const [platform, processor] = basename(process.cwd()).split('-');
for (const folder of ['bin', 'dist']) rmSync(folder, { recursive: true, force: true });
for (const folder of [join('bin', 'napi-v6', platform, processor), 'dist'])
  cpSync(join(source, folder), folder, { recursive: true, filter: (path) => !path.endsWith('.map') });
for (const file of ['LICENSE', 'NOTICE']) writeFileSync(file, readFileSync(join('..', file)));
