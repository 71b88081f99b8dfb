import { dot, type Matrix, onGrid, zeros } from '@refrain/core';

/** How much the embeddings of the same clips by two models agree. Similarities are cosines of embeddings less their mean over the clips. */
export interface Fidelity {
  /** Of the two embeddings of one clip: the mean over the clips, and the least. */
  readonly cosine: { readonly mean: number; readonly worst: number };
  /** The share of clips with the same nearest neighbour by both. */
  readonly sameNearest: number;
  /** The share of the five nearest neighbours by one that are among the five by the other, on average. */
  readonly sameNeighbours: number;
  /** By how much the similarity of a pair changes at most. */
  readonly largestChange: number;
}

const NEIGHBOURS = 5;

/** Fewer clips say nothing: each has the same five neighbours. */
export const FEWEST_COMPARED = NEIGHBOURS + 2;

/**
 * The agreement of two embeddings of the same clips, each clips × dim, with at least `FEWEST_COMPARED` clips. Of equally near clips the
 * first is the nearer one.
 */
export function fidelity(one: Matrix, other: Matrix): Fidelity {
  const [a, b] = [centredRows(one), centredRows(other)];
  const { rows } = a;
  let [cosines, worst, sameNearest, sameNeighbours, largestChange] = [0, 1, 0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const cosine = dot(a, i, b, i);
    cosines += cosine;
    worst = Math.min(worst, cosine);
    const [byA, byB] = [similarities(a, i), similarities(b, i)];
    for (let j = 0; j < rows; j++) largestChange = Math.max(largestChange, Math.abs(byA[j]! - byB[j]!));
    const [nearA, nearB] = [nearest(byA, i), nearest(byB, i)];
    if (nearA[0] === nearB[0]) sameNearest++;
    sameNeighbours += nearA.filter((j) => nearB.includes(j)).length / NEIGHBOURS;
  }
  return {
    cosine: { mean: cosines / rows, worst },
    sameNearest: sameNearest / rows,
    sameNeighbours: sameNeighbours / rows,
    largestChange,
  };
}

/** The rows less their mean, as unit vectors; one that is the mean stays zero. */
function centredRows({ data, rows, cols }: Matrix): Matrix {
  const centred = zeros(rows, cols);
  const mean = new Float64Array(cols);
  for (let i = 0; i < data.length; i++) mean[i % cols]! += data[i]! / rows;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let c = 0; c < cols; c++) squares += (data[row * cols + c]! - mean[c]!) ** 2;
    const norm = Math.sqrt(squares) || 1;
    for (let c = 0; c < cols; c++) centred.data[row * cols + c] = (data[row * cols + c]! - mean[c]!) / norm;
  }
  return centred;
}

/** On the grid that similarities are compared on, so that rounding decides no tie. */
function similarities(points: Matrix, row: number): number[] {
  return Array.from({ length: points.rows }, (_, j) => onGrid(dot(points, row, points, j)));
}

function nearest(similarity: readonly number[], row: number): number[] {
  return similarity
    .map((_, j) => j)
    .filter((j) => j !== row)
    .sort((j, k) => similarity[k]! - similarity[j]! || j - k)
    .slice(0, NEIGHBOURS);
}
