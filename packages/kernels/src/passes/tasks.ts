import type { Range } from '@refrain/core';
import type { TileSize } from '../tiles.ts';
import type { Pass } from './pass.ts';

/** A block of the matrix of products. */
export interface Tile {
  readonly rows: Range;
  readonly cols: Range;
}

/** The pairs i < j with i in `rows` and j in `cols`, of run number `run`; a share of a pass that one thread does in one go. */
export interface Task extends Tile {
  readonly run: number;
}

/** A task has up to so many tiles a side: enough that they share the points gathered for them, few enough that threads end together. */
export const TILES_A_SIDE = 4;

/** The tasks of a pass: they cover each of its pairs once. */
export function tasksOf(pass: Pass, size: TileSize): Task[] {
  if (pass.kind === 'nearest') return blockTasks(0, { start: 0, end: pass.rows }, pass.order.length, size);
  return pass.runs.flatMap((run, at) => blockTasks(at, run, run.end, size));
}

function blockTasks(run: number, rows: Range, end: number, size: TileSize): Task[] {
  const tasks: Task[] = [];
  for (const taskRows of steps(rows, TILES_A_SIDE * size.rows)) {
    for (const cols of steps({ start: taskRows.start, end }, TILES_A_SIDE * size.cols)) {
      tasks.push({ run, rows: taskRows, cols });
    }
  }
  return tasks;
}

/** The tiles of a task, column by column. Where they would lie below the diagonal, with no pair i < j, there are none, and no rows of one that do. */
export function tilesOf({ rows, cols }: Task, size: TileSize): Tile[] {
  return steps(cols, size.cols).flatMap((tileCols) =>
    steps({ start: rows.start, end: Math.min(rows.end, tileCols.end) }, size.rows).map((tileRows) => ({
      rows: tileRows,
      cols: tileCols,
    })),
  );
}

/** How many products a tile has. */
export function productsIn({ rows, cols }: Tile): number {
  return (rows.end - rows.start) * (cols.end - cols.start);
}

function steps({ start, end }: Range, length: number): Range[] {
  const parts: Range[] = [];
  for (let at = start; at < end; at += length) parts.push({ start: at, end: Math.min(end, at + length) });
  return parts;
}
