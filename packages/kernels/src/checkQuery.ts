import { DataError, type Matrix } from '@refrain/core';

/** Throws a DataError unless `values`, where given, has one entry per point. */
export function checkPerPoint(name: string, values: ArrayLike<number> | undefined, count: number): void {
  if (values !== undefined && values.length !== count) {
    throw new DataError(name, `Expected one ${name} for each of ${count} points, got ${values.length}.`);
  }
}

/** Throws a DataError unless the entries of `values` are whole numbers from `least` to below `end`. */
export function checkWithin(name: string, values: ArrayLike<number>, least: number, end: number): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!(Number.isInteger(value) && value >= least && value < end)) {
      throw new DataError(name, `Expected ${name} from ${least} to ${end - 1}, got ${value}.`);
    }
  }
}

/** Throws a DataError unless all values are there and finite. */
export function checkPoints({ data, rows, cols }: Matrix): void {
  if (data.length !== rows * cols) {
    throw new DataError('points', `Expected ${rows} × ${cols} = ${rows * cols} values, got ${data.length}.`);
  }
  for (let at = 0; at < data.length; at++) {
    if (!Number.isFinite(data[at])) {
      throw new DataError(
        'points',
        `Row ${Math.floor(at / cols)} has the value ${data[at]}: similarities need finite values, leave such rows out.`,
      );
    }
  }
}
