import { type Split, seededRandom } from '@refrain/core';
import type { Duplicates } from '@refrain/pruners';
import { type Clusters, clusterSpace, findCopies } from '../stages/cluster.ts';
import { type PruneComponents, type PruneOutcome, pruneSpace } from '../stages/prune.ts';
import { findRecordings } from '../stages/recordings.ts';
import { asksRules, constraintsOf, type Decisions, type RuleFacts, readDecisions } from '../stages/rules.ts';
import { datasetOf, loadTrainSource, type TrainSource } from '../stages/source.ts';
import { type TrainFacts, trainFacts } from '../stages/trainFacts.ts';
import { counted, unmetLines } from './pruneText.ts';
import type { Session, Stopwatch } from './session.ts';

/** A train set, pruned. */
export interface PrunedSource {
  readonly source: TrainSource;
  readonly outcome: PruneOutcome;
  /** What a person decided about single clips. */
  readonly decisions?: Decisions;
}

/** Loads the train set and prunes it. Rules that no choice of clips can meet are refused before any audio is read. */
export async function prunedSource(
  session: Session,
  splits: readonly Split[],
  watch: Stopwatch,
): Promise<PrunedSource> {
  const { assembly, settings, host } = session;
  const early = await earlyFacts(session);
  const decisions = early && (await readDecisions(settings.rules, early.ids));
  if (early !== undefined) constraintsOf(settings.rules, early, { decisions, keep: settings.keep });
  const source = await loadSource(session, splits, watch);
  const facts = trainFacts(source);
  tellOddClips(source, session);
  const kernel = await assembly.get('kernel');
  const copies = settings.duplicates
    ? await watch.time('duplicates', () => findCopies(source.space, facts, kernel))
    : undefined;
  const clusterer = await assembly.get('clusterer');
  const clusters = await watch.time('cluster', () =>
    clusterSpace(source.space, facts, copies, clusterer, settings.recluster),
  );
  const asked = decisions ?? (await readDecisions(settings.rules, source.space.ids));
  const components = { kernel, pruner: await assembly.get('pruner') };
  const outcome = await watch.time('prune', () =>
    chooseClips(source, facts, copies, clusters, components, { settings, host, decisions: asked }),
  );
  for (const line of unmetLines(outcome)) host.notice(line);
  return { source, outcome, ...(asked && { decisions: asked }) };
}

/** What chooses besides the clips themselves. */
export interface ChoiceContext {
  readonly settings: Pick<Session['settings'], 'keep' | 'rules' | 'seed'>;
  readonly host: Pick<Session['host'], 'notice' | 'signal'>;
  readonly decisions: Decisions | undefined;
}

/** The clips that stay, by the strategy and the rules. Throws a ConfigError for rules that no choice of clips can meet. */
export function chooseClips(
  { space }: TrainSource,
  facts: TrainFacts,
  copies: Duplicates | undefined,
  clusters: Clusters,
  components: PruneComponents,
  { settings, host, decisions }: ChoiceContext,
): Promise<PruneOutcome> {
  const { rules, keep, seed } = settings;
  const constraints = constraintsOf(rules, { ...facts, ids: space.ids }, { decisions, keep, notice: host.notice });
  const { preference } = constraints;
  return pruneSpace(space, facts, copies, clusters, components, {
    keep,
    ...(asksRules(rules) && { constraints }),
    ...(preference && { preference }),
    random: seededRandom(seed).fork('prune'),
    signal: host.signal,
  });
}

async function loadSource(session: Session, splits: readonly Split[], watch: Stopwatch): Promise<TrainSource> {
  const { assembly, settings, host } = session;
  const random = seededRandom(settings.seed);
  const source = await watch.time('embed', () => loadTrainSource(assembly, settings, host, random, splits));
  const { embedded } = source;
  if (!settings.fingerprints || embedded === undefined) return source;
  const clips = embedded.train.map(({ clip }) => clip);
  const recordings = await watch.time('fingerprints', () =>
    findRecordings(clips, embedded.dataset, assembly, settings, host),
  );
  return { ...source, recordings };
}

function tellOddClips({ space, short }: TrainSource, { settings, host }: Session): void {
  const { length: silent } = space.silent;
  if (silent > 0) host.notice(`${counted(silent)} of digital silence belong to no cluster.`);
  if (short.length > 0) {
    host.notice(
      `${counted(short.length)} shorter than ${settings.shortest} s belong to no cluster; --shortest sets the limit.`,
    );
  }
}

/** What rules look at, before any audio is read; undefined where the embeddings come from a file. */
async function earlyFacts({ assembly, settings }: Session): Promise<RuleFacts | undefined> {
  if (settings.embeddings !== undefined) return undefined;
  const dataset = await datasetOf(assembly, settings);
  const clips = dataset.clips.filter(({ split }) => split === 'train').sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    ids: clips.map(({ id }) => id),
    labels: clips.map(({ labels }) => labels.map((label) => dataset.classes[label]!)),
    groups: clips.map(({ groups }) => groups),
    paths: clips.map(({ path }) => path),
    // Known only when the audio is read: here any will do.
    seconds: clips.map(() => 0),
  };
}
