import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Evaluation, EvaluationInput, EvaluationSplit, Matrix } from '@refrain/core';
import { readSections, writeSections } from '../cache/sectionFile.ts';

/** What is kept of an evaluation: its answers on the test split, in float32 as they come back from the file, or its metrics; and how it went. */
export interface StoredEvaluation {
  /** Test clips × classes; absent where the evaluator predicts nothing. */
  readonly predictions?: Matrix;
  readonly metrics: Readonly<Record<string, number>>;
  readonly details: Readonly<Record<string, number | string>>;
}

/** What is kept of an evaluation, so that an old one and a new one say the same. */
export function storable({ predictions, metrics, details = {} }: Evaluation): StoredEvaluation {
  const { rows, cols, data } = predictions ?? { rows: 0, cols: 0, data: new Float32Array() };
  return { ...(predictions && { predictions: { rows, cols, data: Float32Array.from(data) } }), metrics, details };
}

/** Raise this when an evaluator changes, so that old evaluations are not taken for new ones. */
const VERSION = 2;

/** SHA-256 over all that evaluators learn from and are tested on, hexadecimal. */
export function taskKey({ task, classes, train, valid, test }: Omit<EvaluationInput, 'keep' | 'random'>): string {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, task, classes]));
  for (const split of [train, valid, test]) addSplit(hash, split);
  return hash.digest('hex');
}

function addSplit(hash: ReturnType<typeof createHash>, { ids, labels, segments, segmentStart }: EvaluationSplit): void {
  hash.update(JSON.stringify([ids, labels, segments.rows, segments.cols]));
  for (const { buffer, byteOffset, byteLength } of [segments.data, segmentStart])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}

/** The name of an evaluation: of which clips and how. */
export function evaluationKey(task: string, keep: Uint32Array, how: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${task} ${JSON.stringify(how)} `)
    .update(new Uint8Array(keep.buffer, keep.byteOffset, keep.byteLength))
    .digest('hex');
}

const SECTIONS = { record: 0, predictions: 1 } as const;
const SECTION_COUNT = 2;

/**
 * Evaluations that were made before, in a folder, each a file `KEY.evaluation` with checksums. A comparison that was interrupted goes on from them.
 */
export class EvaluationStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The evaluation of this name; undefined where it is not there or cannot be read. */
  async find(key: string): Promise<StoredEvaluation | undefined> {
    try {
      return await readSections(this.#path(key), bytesOf(key), SECTION_COUNT, async (section) => {
        const text = new TextDecoder().decode(await section(SECTIONS.record));
        const { shape, metrics, details } = JSON.parse(text) as EvaluationRecord;
        const data = new Float32Array(await section(SECTIONS.predictions));
        const numbers = Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN]);
        return { ...(shape && { predictions: { ...shape, data } }), metrics: Object.fromEntries(numbers), details };
      });
    } catch {
      // Damaged, it is made again.
      return undefined;
    }
  }

  async add(key: string, { predictions, metrics, details }: StoredEvaluation): Promise<void> {
    const shape = predictions && { rows: predictions.rows, cols: predictions.cols };
    const record: EvaluationRecord = { ...(shape && { shape }), metrics, details };
    const text = new TextEncoder().encode(JSON.stringify(record));
    await writeSections(this.#path(key), bytesOf(key), [text, Float32Array.from(predictions?.data ?? [])]);
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.evaluation`);
  }
}

interface EvaluationRecord extends Pick<StoredEvaluation, 'details'> {
  readonly shape?: Pick<Matrix, 'rows' | 'cols'>;
  /** As JSON has them: null where undefined. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** A key as the file holds it. */
function bytesOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}
