import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

/**
 * Writes in escapes what a parser of HTML would change or take for an element in a script: then the script that runs is, byte for byte, the one whose hash
 * stands in the policy.
 */
const asInHtml: Plugin = {
  name: 'as-in-html',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk') chunk.code = chunk.code.replaceAll('\0', '\\x00').replaceAll('<style', '<\\x73tyle');
  },
};

/** One file of HTML with all scripts and styles in it, in the package that fills it. */
export default defineConfig({
  plugins: [asInHtml, viteSingleFile({ removeViteModuleLoader: true })],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: '../../packages/pruned-dataset/page',
    emptyOutDir: true,
    reportCompressedSize: false,
  },
});
