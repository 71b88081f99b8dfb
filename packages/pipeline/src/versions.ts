import { createRequire } from 'node:module';

/** The versions that shaped a result. */
export function versions(): Record<string, string> {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return { refrain: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}
