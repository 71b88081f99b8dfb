import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EvaluationInput,
  type EvaluationSplit,
  type Matrix,
  readNpyMatrix,
  writeFileAtomic,
  writeNpyRows,
} from '@refrain/core';
import type { ProbeRun } from '@refrain/evaluators';

/** What is kept of a probe: its answers on the test split, and how its training went. */
export interface StoredProbe extends Omit<ProbeRun, 'parameters' | 'probabilities'> {
  readonly probabilities: Matrix;
}

/** What is kept of a run, in float32 as it comes back from the file, so that an old probe and a new one say the same. */
export function storable({ probabilities, epochs, steps, stopped, validLoss }: ProbeRun): StoredProbe {
  return {
    probabilities: { ...probabilities, data: Float32Array.from(probabilities.data) },
    epochs,
    steps,
    stopped,
    validLoss,
  };
}

/** Raise this when training changes, so that old probes are not taken for new ones. */
const VERSION = 1;

/** SHA-256 over all that probes learn from and are tested on, hexadecimal. */
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

/** The name of a probe: what it is trained on and how. */
export function probeKey(task: string, keep: Uint32Array, how: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`${task} ${JSON.stringify(how)} `)
    .update(new Uint8Array(keep.buffer, keep.byteOffset, keep.byteLength))
    .digest('hex');
}

/**
 * Probes that were trained before, in a folder: `KEY.npy` holds the probabilities, test clips × classes, and `KEY.json`, which is written last,
 * how the training went. A comparison that was interrupted goes on from them.
 */
export class ProbeStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The probe of this name; undefined where it is not there or cannot be read. */
  async find(key: string): Promise<StoredProbe | undefined> {
    try {
      const record = JSON.parse(await readFile(this.#path(key, 'json'), 'utf8')) as Omit<StoredProbe, 'probabilities'>;
      const probabilities = await readNpyMatrix(this.#path(key, 'npy'));
      return { ...record, probabilities };
    } catch {
      // Half written or damaged, it is trained again.
      return undefined;
    }
  }

  async add(key: string, { probabilities, ...record }: StoredProbe): Promise<void> {
    await writeNpyRows(this.#path(key, 'npy'), probabilities.cols, [probabilities]);
    await writeFileAtomic(this.#path(key, 'json'), JSON.stringify(record));
  }

  #path(key: string, ending: string): string {
    return join(this.#folder, `${key}.${ending}`);
  }
}
