import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

/** One file of HTML with all scripts and styles in it, in the package that fills it. */
export default defineConfig({
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: '../../packages/pruned-dataset/page',
    emptyOutDir: true,
    reportCompressedSize: false,
  },
});
