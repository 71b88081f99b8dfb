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

const LICENCES = 'licences.md';

/** Puts the licences of all that is built into the page at its end, since it travels alone. */
const withLicences: Plugin = {
  name: 'with-licences',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const [page, licences] = [bundle['index.html'], bundle[LICENCES]];
      if (page?.type !== 'asset' || licences?.type !== 'asset') throw new Error('the page or its licences are missing');
      const text = String(licences.source).replaceAll('--', '- -').replaceAll('<', '(').replaceAll('>', ')');
      page.source = `${page.source}<!--\n${text}\n-->\n`;
      delete bundle[LICENCES];
    },
  },
};

/** One file of HTML with all scripts and styles in it, in the package that fills it. */
export default defineConfig({
  plugins: [asInHtml, viteSingleFile({ removeViteModuleLoader: true }), withLicences],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: '../../packages/pruned-dataset/page',
    emptyOutDir: true,
    license: { fileName: LICENCES },
    reportCompressedSize: false,
  },
});
