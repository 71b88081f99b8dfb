// Copies the model of Basic Pitch and its licence into what is published. The package they come from depends on TensorFlow.js: whoever installs the
// encoders shall not have to download that.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const source = dirname(createRequire(import.meta.url).resolve('@spotify/basic-pitch/package.json'));
const target = join(import.meta.dirname, 'dist', 'basic-pitch', 'model');
mkdirSync(target, { recursive: true });
for (const file of ['model/model.json', 'model/group1-shard1of1.bin', 'LICENSE']) {
  copyFileSync(join(source, file), join(target, file.replace('model/', '')));
}
