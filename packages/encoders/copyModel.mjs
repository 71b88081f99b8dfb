// Translates Basic Pitch and puts it and its licence into what is published. The package that it comes from depends on TensorFlow.js: whoever installs the
// encoders shall not have to download that.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { translateBasicPitch } from './dist/basic-pitch/basicPitchModel.js';

const source = dirname(createRequire(import.meta.url).resolve('@spotify/basic-pitch/package.json'));
const target = join(import.meta.dirname, 'dist', 'basic-pitch', 'model');
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'basic-pitch.onnx'), await translateBasicPitch());
copyFileSync(join(source, 'LICENSE'), join(target, 'LICENSE'));
