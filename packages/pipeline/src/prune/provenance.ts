import { createRequire } from 'node:module';
import type { Run } from '../run.ts';
import type { AskedRules } from '../settings.ts';

const require = createRequire(import.meta.url);

/** The versions that shaped a result. */
export function versions(): Record<string, string> {
  const { version } = require('../../package.json') as { version: string };
  return { refrain: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}

/** Every option as it took effect, in the form `evaluate` can start from again (see `valuesOf` of the run file). */
export function resolvedSettings({ settings, assembly }: Run): Record<string, unknown> {
  const {
    pooling,
    standardize,
    embeddings,
    ids,
    embeddingsColumn,
    idsColumn,
    duplicates,
    fingerprints,
    shortest,
    keep,
    rules,
    recluster,
    seed,
    maxBad,
    plugins,
  } = settings;
  const { evaluator = [], ...components } = assembly.resolved;
  // A loaded head belongs to one evaluation, not to the folder.
  const probe = evaluator.find(({ use }) => use === 'linear-probe');
  const { headPath: _, ...probeOptions } = (probe?.options ?? {}) as { readonly headPath?: string };
  return {
    ...Object.fromEntries(
      Object.entries(components).map(([kind, [choice]]) => [
        kind,
        { use: choice!.use, ...choice!.options, ...(kind === 'pruner' && recluster && { noise: 'recluster' }) },
      ]),
    ),
    ...(probe === undefined ? {} : { 'linear-probe': probeOptions }),
    pooling,
    standardize,
    duplicates,
    fingerprints: fingerprints ?? false,
    shortest,
    seed,
    'max-bad': maxBad,
    plugins,
    ...(embeddings === undefined ? {} : { embeddings }),
    ...(ids === undefined ? {} : { ids }),
    ...(embeddingsColumn === undefined ? {} : { 'embeddings-column': embeddingsColumn }),
    ...(idsColumn === undefined ? {} : { 'ids-column': idsColumn }),
    ...(keep === undefined ? {} : { keep }),
    ...ruleOptions(rules),
  };
}

/** The rules as options of the command line, those that were given. */
export function ruleOptions({
  minPerLabel,
  maxPerGroup,
  minPerGroup,
  keepRules,
  overrides,
  mergeLabels,
}: AskedRules): Record<string, unknown> {
  const perGroup = (limit: 'max' | 'min', values: AskedRules['maxPerGroup']) =>
    Object.entries(values).map(([kind, value]) => [`${limit}-per-${kind}`, value] as const);
  return {
    ...(minPerLabel === undefined ? {} : { 'min-per-label': minPerLabel }),
    ...Object.fromEntries([...perGroup('max', maxPerGroup), ...perGroup('min', minPerGroup)]),
    ...(keepRules.length === 0 ? {} : { 'keep-rules': keepRules }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(mergeLabels ? { 'merge-labels': true } : {}),
  };
}
