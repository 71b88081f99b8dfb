import { type Matrix, readNpy, readNpyMatrix } from '@refrain/core';
import { describeWithData, plainKernel, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { clusterFromDistances } from './clusterFromDistances.ts';
import { clusterFromTree, type HdbscanResult, withLeftOut } from './clusterFromTree.ts';
import { Hdbscan } from './hdbscan.ts';
import { hierarchyOptions } from './options.ts';
import type { SingleLinkageTree } from './singleLinkageTree.ts';

interface GoldenCase {
  readonly name: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly error?: string;
  readonly clusters: number;
}

// The reference disagrees with itself on so many points here, or on the number of clusters, that only weights can be compared.
const WITHOUT_LABELS = ['mix600_d64_alpha', 'mix600_d64_maxsize', 'identical_40_d8', 'grid144_ties_d2'];

// Stable points whose label canonical ties change. A whole grid is the same everywhere, so there are no clusters in it: all is noise, where the
// reference finds two clusters, made by the order of its merges.
const RELABELLED: Readonly<Record<string, number>> = { grid144_ties_d2: 1 };

describeWithData('hdbscan-golden', 'HDBSCAN golden cases', () => {
  const cases = testDataJson<GoldenCase[]>('hdbscan-golden', 'cases.json');
  const withOutput = cases.filter(({ error }) => error === undefined);

  it('has the cases it should', () => {
    expect([cases.length, withOutput.length]).toEqual([32, 27]);
  });

  it.each(withOutput)('finds the clusters in the tree of $name exactly', async ({ name, params }) => {
    const { metric: _, minSamples: __, alpha: ___, ...options } = camelCase(params);
    const { total, used, tree } = await finiteTree(name);
    const result = withLeftOut(
      clusterFromTree(tree, hierarchyOptions.parse({ ...options, ties: 'reference' })),
      used,
      total,
    );
    expect(treeRows(result)).toEqual(leftOutAscending(await golden(name, 'slt'), 0, (row) => row[2] === Infinity));
    expect(condensedRows(result)).toEqual(leftOutAscending(await golden(name, 'ct'), 1, (row) => row[2] === 0));
    expect(Array.from(result.labels)).toEqual(await golden(name, 'labels'));
    expect(Array.from(result.probabilities)).toEqual(await golden(name, 'prob'));
    expect(Array.from(result.outlierScores)).toEqual(await golden(name, 'glosh'));
    expect(Array.from(result.persistence)).toEqual(await golden(name, 'persist'));
  });

  it.each(withOutput)('clusters the points of $name', async ({ name, params, clusters }) => {
    const result = await fit(name, { ...params, ties: 'reference' });
    const expected = (await golden(name, 'slt')).filter((_, at) => at % 4 === 2);
    const weights = result.singleLinkageTree.distances;
    expect(weights).toHaveLength(expected.length);
    weights.forEach((weight, at) => {
      const reference = expected[at]!;
      if (reference === Infinity) expect(weight).toBe(Infinity);
      else expect(Math.abs(weight - reference)).toBeLessThanOrEqual(1e-9 + 1e-7 * reference);
    });
    if (WITHOUT_LABELS.includes(name)) return;
    expect(result.clusterCount).toBe(clusters);
    const stable = (await golden(name, 'stable')).flatMap((isStable, at) => (isStable ? [at] : []));
    const labels = await golden(name, 'labels');
    expect(renamed(stable.map((at) => result.labels[at]!))).toEqual(renamed(stable.map((at) => labels[at]!)));
    const probabilities = await golden(name, 'prob');
    const worst = stable.map((at) => Math.abs(result.probabilities[at]! - probabilities[at]!));
    expect(worst.filter((difference) => difference > 1e-9)).toHaveLength(0);
  });

  it.each(withOutput)(
    'gives the stable points of $name the same labels with canonical ties',
    async ({ name, params }) => {
      const result = await fit(name, { ...params, ties: 'canonical' });
      const stable = (await golden(name, 'stable')).flatMap((isStable, at) => (isStable ? [at] : []));
      const labels = await golden(name, 'labels');
      const expected = renamed(stable.map((at) => labels[at]!));
      const found = renamed(stable.map((at) => result.labels[at]!));
      expect(found.filter((label, at) => label !== expected[at])).toHaveLength(RELABELLED[name] ?? 0);
    },
  );

  it('finds the same clusters by the cosine metric as from cosine distances', async () => {
    const points = await readNpyMatrix(testDataPath('hdbscan-golden', 'cosine300_d64.points.npy'));
    const result = await new Hdbscan({ minClusterSize: 8, minSamples: 8, metric: 'cosine' }, plainKernel()).fit(points);
    const expected = (await golden('cosine300_d64_precomputed', 'slt')).filter((_, at) => at % 4 === 2);
    // The stored distances come from rows of length 1 ± 6e-8.
    const differences = expected.map((weight, at) => Math.abs(weight - result.singleLinkageTree.distances[at]!));
    expect(Math.max(...differences)).toBeLessThan(3e-7);
    expect(renamed(Array.from(result.labels))).toEqual(renamed(await golden('cosine300_d64_precomputed', 'labels')));
  });

  describe('cases in which the reference raises', () => {
    it.each(['bad_mcs1', 'bad_eps_neg'])('refuses the parameters of %s', (name) => {
      const { params } = cases.find((one) => one.name === name)!;
      expect(() => new Hdbscan(camelCase(params), plainKernel())).toThrow(
        /^hdbscan\.(minClusterSize|clusterSelectionEpsilon)/,
      );
    });

    it.each(['one_point', 'empty'])('gives noise for %s', async (name) => {
      const { params } = cases.find((one) => one.name === name)!;
      const points = await readNpyMatrix(testDataPath('hdbscan-golden', `${name}.X.npy`));
      const result = await new Hdbscan(camelCase(params), plainKernel()).fit(points);
      expect(Array.from(result.labels)).toEqual(new Array(points.rows).fill(-1));
      expect(result.clusterCount).toBe(0);
    });

    it('knows the cosine metric, which the reference does not', async () => {
      const { params } = cases.find((one) => one.name === 'bad_metric_cosine_default')!;
      const points = await readNpyMatrix(testDataPath('hdbscan-golden', 'bad_metric_cosine_default.X.npy'));
      const result = await new Hdbscan(camelCase(params), plainKernel()).fit(points);
      expect(result.labels).toHaveLength(180);
    });
  });
});

async function fit(name: string, params: GoldenCase['params']): Promise<HdbscanResult> {
  const { metric, ...options } = camelCase(params);
  const path = testDataPath('hdbscan-golden', `${name}.X.npy`);
  if (metric === 'precomputed') {
    const { data, shape } = await readNpy(path);
    return clusterFromDistances(data as Float64Array, shape[0]!, options);
  }
  return new Hdbscan(options, plainKernel()).fit((await readNpyMatrix(path)) satisfies Matrix);
}

/** The parameters under our names. Where the reference was given no `min_samples`, it took `min_cluster_size`. */
function camelCase(params: GoldenCase['params']): Record<string, number | string | boolean> {
  const all = { min_samples: params.min_cluster_size!, ...params };
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value]),
  );
}

async function golden(name: string, what: string): Promise<number[]> {
  const { data } = await readNpy(testDataPath('hdbscan-golden', `${name}.${what}.npy`));
  return Array.from(data as ArrayLike<number>, Number);
}

/** The stored tree without the rows that are joined at distance Infinity, which come last. */
async function finiteTree(name: string): Promise<{ total: number; used: Uint32Array; tree: SingleLinkageTree }> {
  const values = await golden(name, 'slt');
  const rows = Array.from({ length: values.length / 4 }, (_, at) => values.slice(at * 4, at * 4 + 4));
  const total = rows.length + 1;
  const leftOut = rows.filter(([, , distance]) => distance === Infinity).map(([left]) => left!);
  const used = Uint32Array.from({ length: total }, (_, i) => i).filter((i) => !leftOut.includes(i));
  const finite = rows.slice(0, rows.length - leftOut.length);
  const node = (id: number) => (id < total ? used.indexOf(id) : id - leftOut.length);
  return {
    total,
    used,
    tree: {
      count: used.length,
      left: Int32Array.from(finite, ([left]) => node(left!)),
      right: Int32Array.from(finite, ([, right]) => node(right!)),
      distances: Float64Array.from(finite, ([, , distance]) => distance!),
      sizes: Int32Array.from(finite, ([, , , size]) => size!),
    },
  };
}

function treeRows({ singleLinkageTree: { left, right, distances, sizes } }: HdbscanResult): number[] {
  return Array.from(left, (node, at) => [node, right[at]!, distances[at]!, sizes[at]!]).flat();
}

function condensedRows({ condensedTree: { parents, children, lambdas, sizes } }: HdbscanResult): number[] {
  return Array.from(parents, (parent, at) => [parent, children[at]!, lambdas[at]!, sizes[at]!]).flat();
}

/** The rows of four with the numbers in `column` of those that are left out ascending: in the reference they come in the order of a Python set. */
function leftOutAscending(values: readonly number[], column: number, isLeftOut: (row: number[]) => boolean): number[] {
  const rows = Array.from({ length: values.length / 4 }, (_, at) => values.slice(at * 4, at * 4 + 4));
  const leftOut = rows.filter(isLeftOut);
  const ascending = leftOut.map((row) => row[column]!).sort((a, b) => a - b);
  leftOut.forEach((row, at) => {
    row[column] = ascending[at]!;
  });
  return rows.flat();
}

/** Labels numbered by first appearance, −1 kept. */
function renamed(labels: readonly number[]): number[] {
  const names = new Map<number, number>();
  return labels.map((label) => {
    if (label < 0) return -1;
    if (!names.has(label)) names.set(label, names.size);
    return names.get(label)!;
  });
}
