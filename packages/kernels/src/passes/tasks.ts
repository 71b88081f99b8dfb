import type { Range } from '@refrain/core';
import type { TileSize } from '../tiles.ts';
import type { Pass } from './pass.ts';

/** The pairs i < j with i in `rows` and j in `cols`, of run number `run`; a share of a pass that one thread does in one go. */
export interface Task {
  readonly run: number;
  readonly rows: Range;
  readonly cols: Range;
}

// Few tiles, so that threads end together: while one still computes, the others wait.
const TILES_PER_TASK = 2;

/** The tasks of a pass: they cover each of its pairs once. */
export function tasksOf(pass: Pass, size: TileSize): Task[] {
  if (pass.kind === 'nearest') return blockTasks(0, { start: 0, end: pass.rows }, pass.order.length, size);
  return pass.runs.flatMap((run, at) => blockTasks(at, run, run.end, size));
}

function blockTasks(run: number, rows: Range, end: number, size: TileSize): Task[] {
  const tasks: Task[] = [];
  const step = TILES_PER_TASK * size.cols;
  for (let i = rows.start; i < rows.end; i += size.rows) {
    const taskRows = { start: i, end: Math.min(rows.end, i + size.rows) };
    for (let j = i; j < end; j += step) {
      tasks.push({ run, rows: taskRows, cols: { start: j, end: Math.min(end, j + step) } });
    }
  }
  return tasks;
}

/** The tiles of a task, left to right. A tile has no rows below the diagonal of its last column: they would hold no pair. */
export function tilesOf({ rows, cols }: Task, size: TileSize): { rows: Range; cols: Range }[] {
  const tiles = [];
  for (let j = cols.start; j < cols.end; j += size.cols) {
    const end = Math.min(cols.end, j + size.cols);
    tiles.push({ rows: { start: rows.start, end: Math.min(rows.end, end) }, cols: { start: j, end } });
  }
  return tiles;
}

/** How many products a task computes. */
export function sizeOf({ rows, cols }: Task): number {
  return (rows.end - rows.start) * (cols.end - cols.start);
}
