// Compiles scan.ts and writes the module's bytes to src/reductions/scanModule.ts: `npm run scan` in this package.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, '..', 'src', 'reductions', 'scanModule.ts');

/** The compiled module, in base64. Throws what the compiler has to say. */
export async function compiled() {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      'scan.ts',
      '--outFile',
      'scan.wasm',
      '-O3',
      '--enable',
      'simd',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
    ],
    {
      readFile: (name) => (name === 'scan.ts' ? readFileSync(join(folder, name), 'utf8') : null),
      writeFile: (_, contents) => {
        bytes = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(stderr.toString(), { cause: error });
  return Buffer.from(bytes).toString('base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lines = (await compiled()).match(/.{1,100}/g).map((line) => `  '${line}'`);
  writeFileSync(
    target,
    `// Compiled from assembly/scan.ts by \`npm run scan\`: do not edit.\nexport const SCAN_MODULE =\n${lines.join(' +\n')};\n`,
  );
}
