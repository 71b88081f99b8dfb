import { type Host, type PruneInput, parseOptions, quietHost, type SimilarityKernel } from '@refrain/core';
import { checkInput } from '../../checkInput.ts';
import { type Clips, describeClips } from '../clips.ts';
import { type CheckedOptions, type JensenShannonOptions, jensenShannonOptions } from '../options.ts';
import { type Component, isSettled } from './components.ts';
import { driftUnder } from './drift.ts';
import { type Found, findAt, findAtMost, thetaOfRule } from './kappa.ts';
import { type EdgeFacts, membersOfOpenSets } from './pairs.ts';
import { type Aim, uncertainMembers } from './quotas.ts';
import { rangeOfRule } from './rule.ts';

/**
 * The clips, ascending, of which `jensen-shannon` might keep another choice if every component of every embedding moved by at most `noise`
 * and rows were scaled to length 1 again, as float32: whatever the noise, all other clips stay or go as they do now. Silence (a row of
 * zeros) stays silence; reliabilities, duplicate sets and clusters are taken as given; constraints come after this.
 *
 * A clip may be named though no such noise changes it, never the other way round. Each decision on the way is bounded: how far similarities move
 * (`drift`), θ (`rule`, and `kappa` for a wanted fraction), who is grouped with whom (`components`), how many of each size class stay (`quotas`),
 * which (`bounds`). A decision is called open where noise may change it. Where nothing bounds κ, every clip of the pruned clusters is named.
 *
 * Throws as pruning does for bad input and options (but not for a wanted fraction out of reach), and a RangeError for a negative or infinite
 * `noise`.
 */
export async function clipsOnTheEdge(
  input: PruneInput,
  options: JensenShannonOptions,
  noise: number,
  kernel: SimilarityKernel,
  host: Host = quietHost(),
): Promise<Uint32Array> {
  if (!(noise >= 0 && noise < Infinity)) {
    throw new RangeError(`The noise is ${noise}; expected a finite number of at least 0.`);
  }
  const checked = parseOptions(jensenShannonOptions, options, 'pruner');
  checkInput(input);
  const clips = describeClips(input, checked.noise === 'prune');
  const aim = aimOf(input, checked, clips);
  if (aim === undefined) return new Uint32Array();
  const points = await kernel.load(input.embeddings);
  try {
    const drift = driftUnder(noise, input.embeddings);
    const facts = { clips, points, drift, isSetOpen: membersOfOpenSets(clips, drift), signal: host.signal };
    const rule = await rangeOfRule(checked, facts);
    const found =
      rule && ('wanted' in aim ? await findAtMost(aim.wanted, rule, facts) : await findAt(thetaOfRule(rule), facts));
    return found === undefined ? prunedClips(clips) : clipsNamed(aim, found, facts);
  } finally {
    await points.close();
  }
}

/** What is to be kept; undefined where that is every clip. */
function aimOf({ keepFraction }: PruneInput, { t }: CheckedOptions, { count, clusterOf }: Clips): Aim | undefined {
  const inside = clusterOf.reduce((sum, cluster) => sum + (cluster < 0 ? 0 : 1), 0);
  if (inside === 0) return undefined;
  if (keepFraction === undefined) return t === 0 ? undefined : { t };
  const wanted = Math.floor(keepFraction * count + 0.5) - (count - inside);
  return wanted >= inside ? undefined : { wanted };
}

function prunedClips({ clusterOf }: Clips): Uint32Array {
  return Uint32Array.from(clusterOf.keys()).filter((clip) => clusterOf[clip]! >= 0);
}

function clipsNamed(aim: Aim, found: Found, facts: EdgeFacts): Uint32Array {
  const named = new Set<number>();
  const hasPreference = facts.clips.input.preference !== undefined;
  for (const component of found.components) {
    if (isSettled(component)) continue;
    for (const clip of unsettledClips(component, hasPreference)) named.add(clip);
  }
  for (const clip of uncertainMembers(aim, found, facts)) named.add(clip);
  return Uint32Array.from(named).sort();
}

/** Without a preference a leader stays: so does a clip that leads however the component is grouped. */
function unsettledClips({ clips, groupings }: Component, hasPreference: boolean): Uint32Array {
  if (groupings === undefined || hasPreference) return clips;
  return clips.filter((clip, at) => groupings.some((leaders) => leaders[at] !== clip));
}
