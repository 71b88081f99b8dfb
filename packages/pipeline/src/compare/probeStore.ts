import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EvaluationInput, EvaluationSplit, Matrix } from '@refrain/core';
import type { ProbeRun } from '@refrain/evaluators';
import { readSections, writeSections } from '../cache/sectionFile.ts';

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

/** Sections of a stored probe. */
const SECTIONS = { record: 0, probabilities: 1 } as const;
const SECTION_COUNT = 2;

/**
 * Probes that were trained before, in a folder, each a file `KEY.probe` with checksums: how the training went, and the probabilities, test clips
 * × classes. A comparison that was interrupted goes on from them.
 */
export class ProbeStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The probe of this name; undefined where it is not there or cannot be read. */
  async find(key: string): Promise<StoredProbe | undefined> {
    try {
      return await readSections(this.#path(key), bytesOf(key), SECTION_COUNT, async (sections) => {
        const text = new TextDecoder().decode(await sections.uint8(SECTIONS.record));
        const { shape, ...record } = JSON.parse(text) as ProbeRecord;
        const data = await sections.float32(SECTIONS.probabilities);
        return { ...record, probabilities: { ...shape, data } };
      });
    } catch {
      // Damaged, it is trained again.
      return undefined;
    }
  }

  async add(key: string, { probabilities, ...facts }: StoredProbe): Promise<void> {
    const { data, ...shape } = probabilities;
    const record: ProbeRecord = { ...facts, shape };
    const sections = [new TextEncoder().encode(JSON.stringify(record)), Float32Array.from(data)];
    await writeSections(this.#path(key), bytesOf(key), sections);
  }

  #path(key: string): string {
    return join(this.#folder, `${key}.probe`);
  }
}

type ProbeRecord = Omit<StoredProbe, 'probabilities'> & { readonly shape: Pick<Matrix, 'rows' | 'cols'> };

/** A key as the file holds it. */
function bytesOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}
