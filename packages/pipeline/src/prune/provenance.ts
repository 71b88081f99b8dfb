import { createRequire } from 'node:module';
import { recordedValues } from '../options/options.ts';
import type { Run } from '../run.ts';

const require = createRequire(import.meta.url);

/** The versions that shaped a result. */
export function versions(): Record<string, string> {
  const { version } = require('../../package.json') as { version: string };
  return { refrain: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}

/** Every option as it took effect, in the form of a run file, so that another run can start from it again. */
export function resolvedSettings({ settings, assembly }: Run): Record<string, unknown> {
  const { evaluator = [], ...components } = assembly.resolved;
  // A loaded head belongs to one evaluation, not to the folder.
  const probe = evaluator.find(({ use }) => use === 'linear-probe');
  const { headPath: _, ...probeOptions } = (probe?.options ?? {}) as { readonly headPath?: string };
  return {
    ...Object.fromEntries(
      Object.entries(components).map(([kind, [choice]]) => [
        kind,
        {
          use: choice!.use,
          ...choice!.options,
          ...(kind === 'pruner' && settings.recluster && { noise: 'recluster' }),
        },
      ]),
    ),
    ...(probe === undefined ? {} : { 'linear-probe': probeOptions }),
    // Where nothing is said, pruning takes none.
    fingerprints: false,
    ...recordedValues({
      ...settings,
      ...(typeof settings.embeddings === 'object' && { embeddings: 'in memory' }),
      ...(typeof settings.segments === 'object' && { segments: 'in memory' }),
      ...(typeof settings.segmentStarts === 'object' && { segmentStarts: 'in memory' }),
      ...(typeof settings.ids === 'object' && { ids: undefined }),
    }),
    plugins: settings.plugins,
  };
}
