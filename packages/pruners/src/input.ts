import { ConfigError, DataError, type PruneInput } from '@refrain/core';

/** Unit rows as float32 are this near to length 1 and better. */
const LENGTH_TOLERANCE = 1e-4;

/**
 * Checks an input once, for every pruner: sizes agree, rows are finite and have length 1 (or 0: digital silence), labels and fractions are
 * in range, copies share a cluster. Throws a DataError that names the clip, for `keepFraction` a ConfigError.
 */
export function checkInput(input: PruneInput): void {
  checkSizes(input);
  checkRows(input);
  const { ids, clustering, reliability, keepFraction, duplicateThreshold } = input;
  for (const [i, label] of clustering.labels.entries()) {
    if (label < -1 || label >= clustering.clusterCount) {
      const clusters = `−1 … ${clustering.clusterCount - 1}`;
      throw new DataError(
        ids[i]!,
        `Clip ${ids[i]} is in cluster ${label}; with ${clustering.clusterCount} clusters, expected ${clusters}.`,
      );
    }
  }
  const unreliable = reliability?.findIndex((value) => !(value >= 0 && value <= 1 + 1e-9)) ?? -1;
  if (unreliable >= 0) {
    const id = ids[unreliable]!;
    throw new DataError(id, `Clip ${id} has reliability ${reliability![unreliable]}; expected a number from 0 to 1.`);
  }
  checkDuplicates(input);
  if (keepFraction !== undefined && !(keepFraction >= 0 && keepFraction <= 1)) {
    throw new ConfigError('keep', `\`keep\` is ${keepFraction}; expected a fraction from 0 to 1, e.g. 0.6.`);
  }
  if (duplicateThreshold !== undefined && !(Math.abs(duplicateThreshold) <= 1)) {
    throw new ConfigError(
      'duplicateThreshold',
      `The duplicate threshold is ${duplicateThreshold}; expected a cosine, −1 to 1.`,
    );
  }
}

function checkSizes(input: PruneInput): void {
  const { ids, embeddings, clustering } = input;
  const { data, rows, cols } = embeddings;
  if (data.length !== rows * cols) {
    throw new DataError(
      'embeddings',
      `The embeddings have ${data.length} numbers; ${rows} × ${cols} needs ${rows * cols}.`,
    );
  }
  const lengths = {
    embeddings: rows,
    'cluster labels': clustering.labels.length,
    reliability: input.reliability?.length,
    duplicateSet: input.duplicateSet?.length,
    audioIdentity: input.audioIdentity?.length,
    groups: input.groups?.length,
    labels: input.labels?.length,
    excluded: input.excluded?.length,
    priority: input.priority?.length,
  };
  for (const [name, length] of Object.entries(lengths)) {
    if (length !== undefined && length !== ids.length) {
      throw new DataError(name, `There are ${ids.length} clips, but ${length} rows of ${name}; expected one per clip.`);
    }
  }
}

function checkRows({ ids, embeddings }: PruneInput): void {
  const { data, rows, cols } = embeddings;
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let at = i * cols; at < (i + 1) * cols; at++) square += data[at]! * data[at]!;
    if (square === 0 || Math.abs(square - 1) <= LENGTH_TOLERANCE) continue;
    const id = ids[i]!;
    if (!Number.isFinite(square)) {
      throw new DataError(
        id,
        `The embedding of clip ${id} holds values that are not finite; encode the clip again or leave it out.`,
      );
    }
    const length = Math.sqrt(square).toPrecision(4);
    throw new DataError(
      id,
      `The embedding of clip ${id} has length ${length}; expected length 1 (or all zeros): normalise the rows.`,
    );
  }
}

function checkDuplicates({ ids, clustering, duplicateSet }: PruneInput): void {
  const firstOf = new Map<number, number>();
  for (const [i, set] of duplicateSet?.entries() ?? []) {
    if (set < 0) continue;
    const first = firstOf.get(set) ?? i;
    firstOf.set(set, first);
    if (clustering.labels[i] !== clustering.labels[first]) {
      throw new DataError(
        ids[i]!,
        `Clips ${ids[first]} and ${ids[i]} are copies in different clusters; give copies the same label.`,
      );
    }
  }
}

/** How many clips there are together with those that were settled before. */
export function allClips({ ids, beside }: Pick<PruneInput, 'ids' | 'beside'>): number {
  return ids.length + (beside === undefined ? 0 : beside.kept + beside.gone);
}

/** The smallest share of all clips that is at least `clips` of them, to four digits. */
export function smallestShare(clips: number, input: Pick<PruneInput, 'ids' | 'beside'>): number {
  return Math.ceil((clips / allClips(input)) * 1e4) / 1e4;
}
