import { ConfigError, type PruneInput, type Random, shuffled, z } from '@refrain/core';
import { ownFraction, rankingComponent } from '../ranking/rankingPruner.ts';
import { fractionOption, type Ranking } from '../ranking/strategy.ts';

/**
 * Keeps a random subset with the label distribution of the whole, for clips with any number of labels: `keepFraction` of them or else
 * `fraction`. Clips are split into halves by iterative stratification (Sechidis et al. 2011), each half again, down to single clips, and kept
 * in the order that results. So a kept set is made of whole halves, quarters and so on, and kept sets of one seed are nested; a label's
 * number of kept clips is off by about one for each of these parts. Throws a ConfigError without labels.
 */
export const randomStratified = rankingComponent({
  name: 'random-stratified',
  description: 'keeps a random subset with the label distribution of the whole',
  options: z.object({ fraction: fractionOption }),
  strategy: ({ fraction }) => ({ rank: (input) => rank(input, fraction) }),
});

function rank(input: PruneInput, fraction: number): Ranking {
  const { ids, labels } = input;
  if (labels === undefined) {
    throw new ConfigError(
      'pruner',
      'random-stratified keeps the label distribution, but the clips have no labels: give a dataset with labels, or choose the `pruner` random.',
    );
  }
  const order = stratifiedOrder(ids.length, labels, input.random.fork('random-stratified'));
  return { order, ...ownFraction(input, fraction) };
}

/** All clips, halves before halves. */
function stratifiedOrder(count: number, labels: readonly (readonly number[])[], random: Random): Uint32Array {
  const order = new Uint32Array(count);
  let placed = 0;
  const parts: number[][] = [Array.from(shuffled(random, count))];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.length > 1) {
      const [first, second] = stratifiedHalves(part, labels, random);
      parts.push(second, first);
    } else if (part.length === 1) order[placed++] = part[0]!;
  }
  return order;
}

type Half = 0 | 1;

/** How many clips a half still wants, in all and by label. */
interface Demand {
  clips: number;
  readonly ofLabel: Map<number, number>;
}

/**
 * Splits clips into two halves of like label distribution by iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011, algorithm 1): the
 * rarest label that is left is dealt first, each clip with it to the half that still wants more of that label, ties to the half that wants
 * more clips, then at random. `labels` are those of all clips. Of two clips and more, each half has one.
 */
export function stratifiedHalves(
  clips: readonly number[],
  labels: readonly (readonly number[])[],
  random: Random,
): [number[], number[]] {
  const waiting = clipsOfLabels(clips, labels);
  const demand = (): Demand => ({
    clips: clips.length / 2,
    ofLabel: new Map(Array.from(waiting, ([label, { size }]) => [label, size / 2])),
  });
  const demands: [Demand, Demand] = [demand(), demand()];
  const halves: [number[], number[]] = [[], []];
  const deal = (clip: number, label?: number) => {
    const half = neediest(demands, label, random);
    halves[half].push(clip);
    demands[half].clips--;
    for (const one of labels[clip]!) {
      demands[half].ofLabel.set(one, demands[half].ofLabel.get(one)! - 1);
      waiting.get(one)!.delete(clip);
    }
  };
  for (let label = rarest(waiting); label !== undefined; label = rarest(waiting)) {
    for (const clip of [...waiting.get(label)!]) deal(clip, label);
  }
  for (const clip of clips) if (labels[clip]!.length === 0) deal(clip);
  for (const half of [0, 1] as const) {
    const other = halves[half === 0 ? 1 : 0];
    if (halves[half].length === 0 && other.length > 1) halves[half].push(other.pop()!);
  }
  return halves;
}

function clipsOfLabels(clips: readonly number[], labels: readonly (readonly number[])[]): Map<number, Set<number>> {
  const result = new Map<number, Set<number>>();
  for (const clip of clips) {
    for (const label of labels[clip]!) {
      const list = result.get(label);
      if (list === undefined) result.set(label, new Set([clip]));
      else list.add(clip);
    }
  }
  return result;
}

/** The label with the fewest clips that wait, of equals the lowest; labels without any are forgotten. */
function rarest(waiting: Map<number, Set<number>>): number | undefined {
  let best: number | undefined;
  let fewest = Infinity;
  for (const [label, { size }] of waiting) {
    if (size === 0) {
      waiting.delete(label);
    } else if (size < fewest || (size === fewest && label < best!)) {
      best = label;
      fewest = size;
    }
  }
  return best;
}

function neediest([a, b]: readonly [Demand, Demand], label: number | undefined, random: Random): Half {
  const ofLabel = label === undefined ? 0 : a.ofLabel.get(label)! - b.ofLabel.get(label)!;
  const difference = ofLabel || a.clips - b.clips || random.uniform() - 0.5;
  return difference > 0 ? 0 : 1;
}
