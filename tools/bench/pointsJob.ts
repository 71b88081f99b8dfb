import { writeNpy } from '@refrain/core';
import type { Prepared } from './job.ts';
import { mixture } from './mixture.ts';

/** Writes a mixture as .npy. It is made in a process of its own, so that whoever reads it has no memory but the matrix. */
export async function preparePoints(job: {
  readonly file: string;
  readonly rows: number;
  readonly cols: number;
  readonly seed: number;
}): Promise<Prepared> {
  const { file, rows, cols, seed } = job;
  return async () => {
    const { points } = mixture({ rows, cols, seed });
    await writeNpy(file, { dtype: 'float32', shape: [rows, cols], data: points.data });
    return { rows, cols };
  };
}
