import { DataError, type EvaluationInput, type EvaluationSplit, type Matrix } from '@refrain/core';

/** An evaluation without a kept set. */
export type ProbedInput = Omit<EvaluationInput, 'keep'>;

/** The splits of an evaluation by their names in messages. */
export type SplitName = 'train' | 'valid' | 'test';

/** 1 for each train clip that is kept, 0 for the others. Throws a DataError when `keep` names a clip twice or one that is not there. */
export function keptMask({ train }: ProbedInput, keep: Uint32Array): Uint8Array {
  const mask = new Uint8Array(train.ids.length);
  for (const clip of keep) {
    if (clip >= mask.length) {
      throw new DataError('keep', `keep names clip ${clip}, but the train split has clips 0 to ${mask.length - 1}.`);
    }
    if (mask[clip] === 1) throw new DataError('keep', `keep names clip ${clip} ("${train.ids[clip]}") twice.`);
    mask[clip] = 1;
  }
  return mask;
}

/** Throws a DataError unless every clip of the split has segments and its labels are those of the task and in range. */
export function checkLabelledSegments(input: ProbedInput, name: SplitName): void {
  const { ids, labels, segments, segmentStart } = input[name];
  checkRows(segments, segmentStart.at(-1) ?? 0, `segments of the ${name} split`);
  checkCount(segmentStart.length - 1, ids, `offsets of segments in the ${name} split`);
  checkCount(labels.length, ids, `lists of labels in the ${name} split`);
  if (segmentStart[0] !== 0)
    throw new DataError(name, `The first segment of the ${name} split must be that of its first clip.`);
  for (const [clip, id] of ids.entries()) {
    if (segmentStart[clip + 1]! <= segmentStart[clip]!) {
      throw new DataError(id, `The ${name} clip "${id}" has no segment; every clip needs at least one.`);
    }
    const bad = labels[clip]!.find((label) => !(Number.isInteger(label) && label >= 0 && label < input.classes.length));
    if (bad !== undefined) {
      throw new DataError(id, `The ${name} clip "${id}" has label ${bad}; there are ${input.classes.length} classes.`);
    }
    if (input.task === 'single-label' && labels[clip]!.length !== 1) {
      throw new DataError(
        id,
        `The ${name} clip "${id}" has ${labels[clip]!.length} labels; this task wants one a clip.`,
      );
    }
  }
}

/** Throws a DataError unless the segments of all splits have as many numbers as those of the train split. */
export function checkDimensions({ train, valid, test }: ProbedInput): void {
  for (const [name, { segments }] of Object.entries({ valid, test })) {
    if (segments.cols === train.segments.cols) continue;
    throw new DataError(
      name,
      `The segments of the ${name} split have ${segments.cols} numbers, those of the train split ${train.segments.cols}: ` +
        'embed all splits with one encoder.',
    );
  }
}

/** Throws a DataError unless the split has one embedding and one entry of `groups` for each clip. */
export function checkEmbeddings(split: EvaluationSplit, name: SplitName): void {
  checkRows(split.embeddings, split.ids.length, `embeddings of the ${name} split`);
  checkCount(split.groups.length, split.ids, `entries of groups in the ${name} split`);
}

/** Throws a DataError that names the clip, as `clipOf` tells it from the row, of the first number that is not finite. */
export function checkFinite({ data, cols }: Matrix, clipOf: (row: number) => string): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    const clip = clipOf(Math.floor(i / cols));
    throw new DataError(
      clip,
      `The embedding of clip "${clip}" holds ${data[i]}; expected finite numbers. Embed it again.`,
    );
  }
}

function checkRows({ data, rows, cols }: Matrix, expected: number, what: string): void {
  if (rows === expected && data.length === rows * cols) return;
  throw new DataError(what, `Expected ${expected} ${what}, got ${rows} rows of ${cols} with ${data.length} numbers.`);
}

function checkCount(count: number, ids: readonly string[], what: string): void {
  if (count !== ids.length) throw new DataError(what, `Expected ${ids.length} ${what}, one a clip, got ${count}.`);
}
