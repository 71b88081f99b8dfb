import { ConfigError, type Matrix, type PruneInput, type Pruner, seededRandom } from '@refrain/core';
import { plainKernel, prunerOf } from '@refrain/core/testing';
import { JensenShannonPruner, semdedup } from '@refrain/pruners';
import { describe, expect, it } from 'vitest';
import { sampleStability } from './stability.ts';

const semdedupPruner = prunerOf(semdedup);

/** Clips of one cluster in a plane, at angles in radians; no angle is silence. */
function inPlane(...angles: (number | undefined)[]): PruneInput {
  const rows = angles.map((angle) => (angle === undefined ? [0, 0] : [Math.cos(angle), Math.sin(angle)]));
  return {
    ids: rows.map((_, i) => `clip-${i}`),
    embeddings: { data: Float32Array.from(rows.flat()), rows: rows.length, cols: 2 },
    clustering: {
      labels: new Int32Array(rows.length),
      clusterCount: 1,
      probabilities: new Float32Array(rows.length).fill(1),
    },
    random: seededRandom(0),
  };
}

async function changed(pruner: Pruner, input: PruneInput, jitter = 1e-6) {
  const prune = async (embeddings: Matrix) => (await pruner.prune({ ...input, embeddings })).keep;
  const { embeddings } = input;
  const found = await sampleStability(
    { embeddings, keep: await prune(embeddings), prune },
    { jitter, draws: 10, seed: 1 },
  );
  expect(found.draws).toBe(10);
  return found.changed;
}

const strategies: [string, Pruner][] = [
  ['jensen-shannon', new JensenShannonPruner({ t: 1, threshold: 0.5 }, plainKernel())],
  ['semdedup', semdedupPruner({ epsilon: 0.5, variant: 'covered', whichToKeep: 'easy' }, plainKernel())],
];

describe.each(strategies)('the stability of %s', (_, pruner) => {
  it('names a clip whose similarity to another lies within the jitter of θ', async () => {
    // cos 60° is θ; on the grid it is reached from 0.4999995 on.
    expect(await changed(pruner, inPlane(0, Math.acos(0.4999995), 3))).toHaveLength(1);
  });

  it('names none where all similarities are far from θ', async () => {
    expect(await changed(pruner, inPlane(0, Math.acos(0.501), 3))).toEqual([]);
    expect(await changed(pruner, inPlane(0, Math.acos(0.499), 3))).toEqual([]);
    expect(await changed(pruner, inPlane())).toEqual([]);
  });

  it('moves equal rows alike, and silence not at all', async () => {
    // With θ = cos 60° the ties between the equal ones would else be broken otherwise in each draw.
    expect(await changed(pruner, inPlane(0, 0.5, 0.5, 0.5, undefined, undefined))).toEqual([]);
  });
});

describe('a sample of disturbed embeddings', () => {
  const { embeddings } = inPlane(0, 1);

  it('is the same for a seed, whatever the order of the clips', async () => {
    const drawn = async (rows: Matrix, seed: number) => {
      const seen: number[][] = [];
      const prune = async (matrix: Matrix) => {
        seen.push(Array.from(matrix.data));
        return new Uint32Array();
      };
      await sampleStability({ embeddings: rows, keep: new Uint32Array(), prune }, { jitter: 0.01, draws: 3, seed });
      return seen;
    };
    const here = await drawn(embeddings, 7);
    expect(new Set(here.map(String)).size).toBe(3);
    expect(await drawn(embeddings, 7)).toEqual(here);
    expect(await drawn(embeddings, 8)).not.toEqual(here);
    const turned = await drawn(inPlane(1, 0).embeddings, 7);
    expect(turned.map(([a, b, c, d]) => [c, d, a, b])).toEqual(here);
  });

  it('counts the draws that gave a choice', async () => {
    let call = 0;
    const prune = async () => {
      if (call++ === 0) throw new ConfigError('keep', 'too few');
      return Uint32Array.of(1);
    };
    const found = await sampleStability(
      { embeddings, keep: Uint32Array.of(0), prune },
      { jitter: 0, draws: 2, seed: 1 },
    );
    expect(found).toEqual({ jitter: 0, draws: 1, changed: [0, 1] });
  });
});
