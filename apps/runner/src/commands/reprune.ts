import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { withoutEarlier } from '../folder/earlier.ts';
import { readJsonLines } from '../folder/lines.ts';
import { type PrunedFolder, readFolderEmbeddings } from '../folder/read.ts';
import { FILES } from '../folder/records.ts';
import { BAD_CLIP } from '../folder/schemas.ts';
import { readStandardization } from '../folder/standardization.ts';
import { spelling } from '../settings/flags.ts';
import { withAbsolutePaths } from '../settings/given.ts';
import { valuesOf } from '../settings/runFile.ts';
import { withNoisePolicy } from '../stages/cluster.ts';
import { type FolderSource, folderSource, readProbabilities } from '../stages/folderSource.ts';
import { readDecisions } from '../stages/rules.ts';
import { resolvedSettings } from './provenance.ts';
import { type PrunedSource, pruneLoaded } from './prunedSource.ts';
import type { Session, Stopwatch } from './session.ts';

/** The options that embeddings and clusters came from: with others, a folder is no use. */
const SETTLED: readonly string[] = [
  'dataset',
  'decoder',
  'encoder',
  'pooling',
  'standardize',
  'embeddings',
  'embeddings-column',
  'ids',
  'ids-column',
  'fingerprints',
  'shortest',
  'clusterer',
];

/** Prunes the train set that a folder holds as the session's options want it. Throws a ConfigError for an option that would need the audio again. */
export async function reprune(session: Session, folder: PrunedFolder, watch: Stopwatch): Promise<PrunedSource> {
  refuseOtherSource(session, folder);
  const { assembly, settings } = session;
  const { source, clusters } = await watch.time('read', () => readFolderSource(folder, session.host.signal));
  const clusterer = await assembly.get('clusterer');
  const decisions = await readDecisions(settings.rules, source.space.ids);
  return pruneLoaded(session, source, decisions, watch, (facts, copies) =>
    withNoisePolicy(source.space, facts, clusters, copies, clusterer, settings.recluster),
  );
}

/** All of a folder that pruning looks at. */
export async function readFolderSource(whole: PrunedFolder, signal: AbortSignal): Promise<FolderSource> {
  const { path, metadata } = whole;
  const [rows, sure, bad] = await Promise.all([
    readFolderEmbeddings(path),
    readProbabilities(path, signal),
    readJsonLines(join(path, FILES.bad), BAD_CLIP),
  ]);
  const standardization = metadata.settings.standardize === false ? undefined : await readStandardization(path);
  const { folder, embeddings, probabilities, earlier } = withoutEarlier(whole, rows, sure);
  return folderSource(folder, { embeddings, probabilities, standardization, bad, earlier });
}

function refuseOtherSource(session: Session, { path, metadata }: PrunedFolder): void {
  const now = settledValues(JSON.parse(JSON.stringify(resolvedSettings(session))) as object);
  const then = settledValues(metadata.settings);
  const name = [...then.keys(), ...now.keys()].find((one) => now.get(one) !== then.get(one));
  if (name === undefined) return;
  const was = then.has(name) ? `${spelling(name)} ${then.get(name)}` : `no ${spelling(name)}`;
  throw new ConfigError(
    name,
    `--reuse keeps the embeddings and clusters of ${path}, which were made with ${was}, not ${now.get(name) ?? 'without'}: ` +
      'prune the dataset anew, without --reuse.',
  );
}

/** The settled options by name, those of components too, each as text. */
function settledValues(settings: object): Map<string, string> {
  const values = Object.entries(withAbsolutePaths(valuesOf(settings, (why) => new ConfigError('reuse', why))));
  return new Map(
    values
      .filter(([name]) => SETTLED.includes(name.split('.')[0]!))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
