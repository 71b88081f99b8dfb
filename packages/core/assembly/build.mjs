// Compiles AssemblyScript to modules that the packages carry: `npm run scan` here writes src/reductions/scanModule.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** The module compiled from a file, in base64. Throws what the compiler has to say. */
export async function compiled(source = join(import.meta.dirname, 'scan.ts')) {
  const name = basename(source);
  let bytes;
  const { error, stderr } = await asc.main(
    [name, '--outFile', 'module.wasm', '-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noAssert'],
    {
      readFile: (wanted) => (wanted === name ? readFileSync(source, 'utf8') : null),
      writeFile: (_, contents) => {
        bytes = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(stderr.toString(), { cause: error });
  return Buffer.from(bytes).toString('base64');
}

/** Writes the module compiled from `source` to `target`, as the constant `name`, which `command` does. */
export async function writeModule(source, target, name, command) {
  const lines = (await compiled(source)).match(/.{1,100}/g).map((line) => `  '${line}'`);
  const from = `// Compiled from assembly/${basename(source)} by \`${command}\`: do not edit.`;
  writeFileSync(target, `${from}\nexport const ${name} =\n${lines.join(' +\n')};\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = join(import.meta.dirname, '..', 'src', 'reductions', 'scanModule.ts');
  await writeModule(join(import.meta.dirname, 'scan.ts'), target, 'SCAN_MODULE', 'npm run scan');
}
