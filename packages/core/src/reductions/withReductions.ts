import type { LoadedPoints, Measure } from '../kernel.ts';
import { type Matrix, takeRows } from '../matrix.ts';
import { isIdentity } from './pass.ts';
import { checkPoints, ReducedPoints } from './reducedPoints.ts';
import { inlineWork, runPass } from './runPass.ts';
import { FLOAT32_ROUNDOFF, type InnerProducts, type TileSize } from './tiles.ts';

/** What a kernel tells `withReductions` about itself. */
export interface ReductionOptions {
  /** The largest tile asked for at once, default 1024 × 1024. */
  readonly tile?: TileSize;
  /** The unit roundoff of its products and sums, default 2⁻²⁴, that of float32. */
  readonly roundoff?: number;
}

/**
 * Loaded points with all reductions, for a kernel that supplies no more than inner products.
 * `open` brings points to the device; it is called for `points` at once, and again for some of their rows in another order where a
 * reduction needs only those: similar work is then contiguous, and each tile serves its rows and its columns.
 * Throws a DataError where the size is wrong or a value is not finite.
 */
export async function withReductions(
  points: Matrix,
  measure: Measure,
  open: (points: Matrix) => Promise<InnerProducts>,
  { tile: size = { rows: 1024, cols: 1024 }, roundoff = FLOAT32_ROUNDOFF }: ReductionOptions = {},
): Promise<LoadedPoints> {
  checkPoints(points);
  const whole = await open(points);
  return new ReducedPoints(points, measure, {
    roundoff,
    products: async () => whole,
    run: async (pass, reduction) => {
      const isWhole = pass.order.length === points.rows && isIdentity(pass.order);
      const products = isWhole ? whole : await open(takeRows(points, pass.order));
      try {
        return await runPass(pass, { products, size }, inlineWork(pass, size, reduction));
      } finally {
        if (!isWhole) await products.close();
      }
    },
    close: () => whole.close(),
  });
}
