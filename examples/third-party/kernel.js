import { withReductions } from '@refrain/core/reductions';

/** A kernel that supplies inner products alone; all that is asked of them is made of these. */
export function plainLoops() {
  const open = async ({ data, cols }) => ({
    innerProducts: async (rows, columns, into) => {
      let at = 0;
      for (let i = rows.start; i < rows.end; i++) {
        for (let j = columns.start; j < columns.end; j++) {
          let sum = 0;
          for (let k = 0; k < cols; k++) sum = Math.fround(sum + Math.fround(data[i * cols + k] * data[j * cols + k]));
          into[at++] = sum;
        }
      }
      return into;
    },
    close: async () => {},
  });
  return { name: 'plain-loops', load: (points, measure = 'inner-product') => withReductions(points, measure, open) };
}
