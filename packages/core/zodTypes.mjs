// Puts zod's declarations beside ours, dist/zod, after tsc: zod itself is in the bundle, and whoever installs this package is spared the rest of it.
// `#zod` is the name that our own declarations have for them.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

const source = dirname(createRequire(import.meta.url).resolve('zod/package.json'));
const target = join('dist', 'zod');
rmSync(target, { recursive: true, force: true });

/** The file and all that it imports. */
const copy = (file) => {
  const copied = join(target, relative(source, file));
  if (existsSync(copied)) return;
  mkdirSync(dirname(copied), { recursive: true });
  copyFileSync(file, copied);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)\.js["']/g))
    copy(join(dirname(file), `${path}.d.ts`));
};
copy(join(source, 'index.d.ts'));
copyFileSync(join(source, 'LICENSE'), join(target, 'LICENSE'));
