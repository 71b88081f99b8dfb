import { ConfigError, counted, roundHalfUp, type Split, seededRandom } from '@refrain/core';
import type { PrunedFolder } from '@refrain/pruned-dataset';
import { audioMeans, datasetOf } from '../calls/audioMeans.ts';
import { type Clusters, clusterSpace, findCopies, withNoisePolicy } from '../cluster/cluster.ts';
import type { Foresight } from '../cluster/foresight.ts';
import type { Duplicates } from '../duplicates/findDuplicates.ts';
import { planRun, planSource } from '../memory/planRun.ts';
import { findRecordings } from '../recordings/recordings.ts';
import { unmetLines } from '../rules/report.ts';
import { type Decisions, type RuleFacts, readDecisions, rulingOf } from '../rules/rules.ts';
import type { Run, Stopwatch } from '../run.ts';
import { isWithoutDataset, ownEmbeddingsOf } from '../settings.ts';
import { type Base, onBase, readBase, refuseOtherSpace } from '../source/base.ts';
import { readFolderSource } from '../source/folderSource.ts';
import { datasetSource, ownEmbeddings, type TrainSource } from '../source/source.ts';
import { type TrainFacts, trainFacts } from '../source/trainFacts.ts';
import { FEWEST_FOR_TOTAL, MOST_FOR_TOTAL } from '../space/fitWhitening.ts';
import { foresee, type PruneOptions, type PruneOutcome, pruneSpace } from './pruneSpace.ts';

/** A train set, pruned. */
export interface PrunedSource {
  readonly source: TrainSource;
  readonly outcome: PruneOutcome;
  /** What a person decided about single clips. */
  readonly decisions?: Decisions;
}

/**
 * Loads the train set and prunes it. Rules that no choice of clips can meet are refused before any audio is read, as is what cannot be done within
 * the memory that is allowed, that of a `page` included.
 */
export async function prunedSource(
  session: Run,
  splits: readonly Split[],
  watch: Stopwatch,
  page = false,
): Promise<PrunedSource> {
  const { assembly, settings } = session;
  const base = settings.base === undefined ? undefined : await readBase(settings.base);
  if (base !== undefined) refuseOtherSpace(base, await encoderFingerprint(session), settings);
  const decisions = await earlyDecisions(session, [settings.keep]);
  await planRun(session, page);
  const loaded = await loadSource(session, splits, base, watch);
  planSource(session, loaded.space.embeddings, page);
  const asked = decisions ?? (await readDecisions(settings.rules, loaded.space.ids));
  const source = base === undefined ? loaded : onBase(loaded, base, asked);
  tellOddClips(source, session);
  const clusterer = await assembly.get('clusterer');
  return pruneLoaded(session, source, asked, watch, async (facts, copies, foreseen) =>
    clusterSpace(source.space, facts, copies, clusterer, settings.recluster, await foreseen()),
  );
}

/** Prunes the train set that a folder holds as the run's options want it. */
export async function reprune(run: Run, folder: PrunedFolder, watch: Stopwatch): Promise<PrunedSource> {
  const { source, clusters } = await watch.time('read', () => readFolderSource(folder, run.host.signal));
  return pruneClustered(run, source, clusters, watch);
}

/** Prunes clips that are clustered already; with another policy for noise those in no cluster are clustered once more. */
export async function pruneClustered(
  run: Run,
  source: TrainSource,
  clusters: Clusters,
  watch: Stopwatch,
): Promise<PrunedSource> {
  const { assembly, settings } = run;
  const clusterer = await assembly.get('clusterer');
  const decisions = await readDecisions(settings.rules, source.space.ids);
  return pruneLoaded(run, source, decisions, watch, (facts, copies) =>
    withNoisePolicy(source.space, facts, clusters, copies, clusterer, settings.recluster),
  );
}

/** Finds the copies in a source, has it clustered, and chooses the clips that stay. */
async function pruneLoaded(
  { assembly, settings, host }: Run,
  source: TrainSource,
  decisions: Decisions | undefined,
  watch: Stopwatch,
  cluster: (facts: TrainFacts, copies: Duplicates, foreseen: () => Promise<Foresight | undefined>) => Promise<Clusters>,
): Promise<PrunedSource> {
  const facts = trainFacts(source);
  const kernel = await assembly.get('kernel');
  const copies = await watch.time('duplicates', () => findCopies(source.space, facts, kernel));
  const components = { kernel, pruner: await assembly.get('pruner') };
  const options = choiceOptions(source, facts, { settings, host, decisions });
  const foreseen = () => foresee(source.space, facts, copies, components.pruner, options);
  const clusters = await watch.time('cluster', () => cluster(facts, copies, foreseen));
  const outcome = await watch.time('prune', () =>
    pruneSpace(source.space, facts, copies, clusters, components, options),
  );
  for (const line of [...unmetLines(outcome), ...tooFewLines(outcome, settings)]) host.notice(line);
  return { source, outcome, ...(decisions && { decisions }) };
}

/** Says so where copies alone leave fewer clips than are asked for. */
function tooFewLines({ keep, labels, constraints }: PruneOutcome, settings: Run['settings']): string[] {
  const wanted = settings.keep === undefined ? 0 : roundHalfUp(settings.keep * labels.length);
  if (keep.length >= wanted || constraints !== undefined) return [];
  return [
    `${keep.length} clips stay, not the ${wanted} that \`keep\` asks for: copies of them are all there is beside (\`duplicates\` quota would keep some).`,
  ];
}

/** What chooses besides the clips themselves. */
export interface ChoiceContext {
  readonly settings: Pick<Run['settings'], 'duplicates' | 'keep' | 'rules' | 'seed'>;
  readonly host: Pick<Run['host'], 'notice' | 'signal'>;
  readonly decisions: Decisions | undefined;
}

/** How the context wants the clips to be chosen. Throws a ConfigError for rules that no choice of clips can meet. */
export function choiceOptions(
  source: TrainSource,
  facts: TrainFacts,
  { settings, host, decisions }: ChoiceContext,
): PruneOptions {
  const { space, settled } = source;
  const keep = settings.keep === undefined ? undefined : keepOfJudged(settings.keep, source);
  const context = { decisions, keep, notice: host.notice, ...(settled && { settled }) };
  return {
    duplicates: settings.duplicates,
    keep,
    ...rulingOf(settings.rules, { ...facts, ids: space.ids }, context),
    random: seededRandom(settings.seed).fork('prune'),
    signal: host.signal,
  };
}

/** The wanted share of all clips as one of those that are judged. Throws a ConfigError where what earlier runs decided makes it impossible. */
function keepOfJudged(keep: number, { clips, settled, earlier }: TrainSource): number {
  const gone = earlier?.clips.length ?? 0;
  const wanted = roundHalfUp(keep * (clips.length + gone));
  const why =
    wanted < (settled?.size ?? 0)
      ? `the base keeps ${settled!.size} already`
      : wanted > clips.length
        ? `the base removed ${gone}, so ${clips.length} can stay at most`
        : undefined;
  if (why === undefined) return gone === 0 ? keep : wanted / clips.length;
  throw new ConfigError('keep', `\`keep\` asks for ${wanted} of ${clips.length + gone} clips, but ${why}.`);
}

async function encoderFingerprint({ assembly, settings }: Run): Promise<string | null> {
  return ownEmbeddingsOf(settings) === undefined ? (await assembly.get('encoder')).fingerprint : null;
}

/** The train set of the session, with fingerprints where they are asked for; in the space of `base` where there is one. */
export async function loadSource(
  session: Run,
  splits: readonly Split[],
  base: Base | undefined,
  watch: Stopwatch,
): Promise<TrainSource> {
  const { settings, host } = session;
  const random = seededRandom(settings.seed);
  const known = base?.folder.space;
  if (isWithoutDataset(settings)) return watch.time('embed', () => ownEmbeddings(settings, random, host, known));
  const audio = await audioMeans(session);
  const source = await watch.time('embed', () => datasetSource(audio, settings, random, splits, known));
  if (!settings.fingerprints) return source;
  const clips = source.embedded!.train.map(({ clip }) => clip);
  const recordings = await watch.time('fingerprints', () => findRecordings(clips, audio));
  return { ...source, recordings };
}

function tellOddClips({ space, short }: TrainSource, { settings, host }: Run): void {
  const oddSpace = settings.space === 'whitened' ? oddSpaceLine(space, settings.base !== undefined) : undefined;
  if (oddSpace !== undefined) host.notice(oddSpace);
  const { length: silent } = space.silent;
  if (silent > 0) host.notice(`${counted(silent)} of digital silence belong to no cluster.`);
  if (short.length > 0) {
    host.notice(
      `${counted(short.length)} shorter than ${settings.shortest} s belong to no cluster; \`shortest\` sets the limit.`,
    );
  }
}

/** What a whitened space became where clips have no segments to whiten it by. */
function oddSpaceLine({ ids, fitted }: TrainSource['space'], isOfBase: boolean): string | undefined {
  const { whitening, columns } = fitted ?? {};
  if (isOfBase)
    return whitening === undefined ? 'Features are standardized, not whitened, as those of `base` are.' : undefined;
  if (whitening?.covariance === 'total')
    return (
      `No clip has several segments that differ, so the space is whitened by the covariance of all ${counted(whitening.clips)}. ` +
      'How alike a clip is to itself is not known: by scores alone clips of one kind may be redundant, not only those of one recording.'
    );
  if (whitening !== undefined) return undefined;
  return (
    `\`space\` whitened needs clips of several segments that differ, or ${FEWEST_FOR_TOTAL} clips that differ, of ${MOST_FOR_TOTAL} dimensions at most; ` +
    `here are ${counted(ids.length)} of ${columns?.length} without such segments, so features are standardized.`
  );
}

/**
 * A person's decisions, where the clips are known before any audio is read; undefined where they come from a file of embeddings. Throws what
 * `rulingOf` throws where the rules can be met with none of the wanted shares.
 */
export async function earlyDecisions(
  session: Run,
  shares: readonly (number | undefined)[],
): Promise<Decisions | undefined> {
  const { rules } = session.settings;
  const early = await earlyFacts(session);
  if (early === undefined) return undefined;
  const decisions = await readDecisions(rules, early.ids);
  const refusals = shares.map((keep) => {
    try {
      rulingOf(rules, early, { decisions, keep });
      return undefined;
    } catch (error) {
      return { error };
    }
  });
  if (refusals.every((refusal) => refusal !== undefined)) throw refusals[0]!.error;
  return decisions;
}

/** What rules look at, before any audio is read; undefined where the embeddings come from a file. */
async function earlyFacts({ assembly, settings }: Run): Promise<RuleFacts | undefined> {
  if (isWithoutDataset(settings)) return undefined;
  const dataset = await datasetOf(assembly, settings);
  const clips = dataset.clips.filter(({ split }) => split === 'train').sort((a, b) => (a.id < b.id ? -1 : 1));
  const any = clips.map(() => 0);
  return {
    ids: clips.map(({ id }) => id),
    labels: clips.map(({ labels }) => labels.map((label) => dataset.classes[label]!)),
    groups: clips.map(({ groups }) => groups),
    paths: clips.map(({ path }) => path),
    // Known only when the audio is read: then any will do.
    ...(ownEmbeddingsOf(settings) === undefined && { seconds: any, sampleRate: any, clipping: any }),
  };
}
