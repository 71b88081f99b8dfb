import { dot, type Matrix, type Range, type SimilarityKernel, seededRandom, zeros } from '@refrain/core';
import { type InnerProducts, type ProductFloors, withReductions } from '@refrain/core/reductions';
import { testKernel } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Device, selfTest } from './device.ts';
import { loadGpuJs, startGpuJs } from './gpuJs.ts';
import { startHosted } from './gpuJsDevices.ts';
import { startOnnx } from './onnxProducts.ts';
import { residentProducts } from './residentProducts.ts';

/** The kernels for graphics cards, run by gpu.js on the processor: there too a result can be handed on from kernel to kernel. */
async function startResident(): Promise<Device> {
  const gpu = startGpuJs(await loadGpuJs(), 'webasm', 1);
  return {
    tile: { rows: 150, cols: 230 },
    open: (points) => residentProducts(gpu, points.cols).open(points),
    close: () => gpu.close(),
  };
}

const devices = [
  ['onnxruntime on the processor', () => startOnnx('cpu')],
  ['kernels for graphics cards in webasm', startResident],
] as const;

/** A device as a kernel; its tiles are small, so that a block of a test has several. */
function kernelOn(start: () => Promise<Device>): SimilarityKernel {
  return {
    name: 'device',
    load: async (points, measure = 'inner-product') => {
      const device = await start();
      const loaded = await withReductions(points, measure, (some) => device.open(some), {
        tile: { rows: 150, cols: 230 },
      });
      return Object.assign(loaded, { close: () => device.close() });
    },
  };
}

describe.each(devices)('%s', (_, start) => {
  testKernel(() => kernelOn(start));
});

function randomPoints(rows: number, cols: number, scale: number): Matrix {
  const random = seededRandom(`${rows} ${cols} ${scale}`);
  const points = zeros(rows, cols);
  for (let at = 0; at < points.data.length; at++) points.data[at] = scale * (random.uniform() * 2 - 1);
  return points;
}

const ROWS: Range = { start: 5, end: 205 };
const COLS: Range = { start: 31, end: 340 };
const HEIGHT = 200;
const WIDTH = 309;

/** Floors that are the similarities of some pairs, from a quantile on, so that some are exactly met; a few let all or nothing through. */
function floorsFor(points: Matrix, euclidean: boolean, quantile: number): ProductFloors {
  const random = seededRandom(`floors ${euclidean} ${quantile}`);
  const half = (i: number) => (euclidean ? Math.fround(dot(points, i, points, i) / 2) : 0);
  const similarity = (i: number, j: number) => Math.fround(dot(points, i, points, j) - half(i) - half(j));
  const sample = Float32Array.from({ length: 2000 }, () =>
    similarity(random.integer(points.rows), random.integer(points.rows)),
  ).sort();
  const floor = () => sample[Math.min(1999, Math.floor((quantile + random.uniform() * (1 - quantile)) * 2000))]!;
  const one = (value: number) => (random.uniform() < 0.05 ? (random.uniform() < 0.3 ? -Infinity : Infinity) : value);
  return {
    row: Float32Array.from({ length: HEIGHT }, () => one(floor())),
    col: Float32Array.from({ length: WIDTH }, () => one(floor())),
    rowOffset: Float32Array.from({ length: HEIGHT }, (__, i) => half(ROWS.start + i)),
    colOffset: Float32Array.from({ length: WIDTH }, (__, j) => half(COLS.start + j)),
  };
}

/** How many products are given, how many of the wanted ones are not, and how many are given otherwise than by `innerProducts`. */
function compared(whole: Float32Array, found: Float32Array, { row, col, rowOffset, colOffset }: ProductFloors) {
  const counts = { given: 0, wanted: 0, missing: 0, other: 0 };
  for (let i = 0; i < HEIGHT; i++) {
    for (let j = 0; j < WIDTH; j++) {
      const p = whole[i * WIDTH + j]!;
      const f = found[i * WIDTH + j]!;
      // However the caller may compare: in float64, rounded at the end, or in float32, the column first.
      const s = p - rowOffset[i]! - colOffset[j]!;
      const inFloat32 = Math.fround(Math.fround(p - colOffset[j]!) - rowOffset[i]!);
      const isWanted = Math.max(s, Math.fround(s), inFloat32) >= Math.min(row[i]!, col[j]!);
      if (isWanted) counts.wanted++;
      if (f !== -Infinity) counts.given++;
      if (f === -Infinity ? isWanted : f !== p) f === -Infinity ? counts.missing++ : counts.other++;
    }
  }
  return counts;
}

describe.each(devices)('the products above floors, %s', (_, start) => {
  let device: Device;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device.close());

  const tileOf = async (points: Matrix, use: (products: InnerProducts, whole: Float32Array) => Promise<void>) => {
    const products = await device.open(points);
    const whole = new Float32Array(HEIGHT * WIDTH);
    await products.innerProducts(ROWS, COLS, whole);
    await use(products, whole);
    await products.close();
  };

  it.each([
    [false, 0, 1],
    [false, 0.9, 1],
    [false, 0.999, 1000],
    [true, 0.2, 1],
    [true, 0.99, 1],
    [true, 0.999, 1e-3],
  ])('are all there, euclidean: %s, floors from quantile %f, scale %f', async (euclidean, quantile, scale) => {
    const points = randomPoints(350, 37, scale);
    const floors = floorsFor(points, euclidean, quantile);
    await tileOf(points, async (products, whole) => {
      const found = new Float32Array(HEIGHT * WIDTH).fill(Number.NaN);
      await products.productsAbove!(ROWS, COLS, floors, found);
      const { given, wanted, missing, other } = compared(whole, found, floors);
      expect({ missing, other }).toEqual({ missing: 0, other: 0 });
      expect(wanted).toBeGreaterThan(0);
      // Few wanted ones must not bring the whole tile: a chunk of 64 at most for each.
      expect(given).toBeLessThanOrEqual(wanted * 64);
    });
  });

  it('are few where few are wanted, and whole where all are', async () => {
    const points = randomPoints(350, 8, 1);
    await tileOf(points, async (products, whole) => {
      const flat = { rowOffset: new Float32Array(HEIGHT), colOffset: new Float32Array(WIDTH) };
      const floors = (floor: number) => ({
        row: new Float32Array(HEIGHT).fill(floor),
        col: new Float32Array(WIDTH).fill(floor),
        ...flat,
      });
      const given = async (floor: number) => {
        const found = new Float32Array(HEIGHT * WIDTH + 3).fill(7);
        await products.productsAbove!(ROWS, COLS, floors(floor), found);
        expect([...found.subarray(HEIGHT * WIDTH)]).toEqual([7, 7, 7]);
        return found.subarray(0, HEIGHT * WIDTH);
      };
      const top = whole.toSorted().at(-1)!;
      const count = (values: Float32Array) => values.filter((value) => value !== -Infinity).length;
      expect(count(await given(Infinity))).toBe(0);
      expect(count(await given(top * 1.01))).toBe(0);
      expect(count(await given(top))).toBeLessThanOrEqual(64);
      expect(Math.max(...(await given(top)))).toBe(top);
      expect(await given(-Infinity)).toEqual(whole);
      expect(count(await given(-100))).toBe(HEIGHT * WIDTH);
    });
  });

  it('keep several sets of points apart', async () => {
    const [one, other] = [randomPoints(350, 8, 1), randomPoints(340, 8, 2)];
    const opened = await Promise.all([device.open(one), device.open(other)]);
    const tiles = opened.map(() => new Float32Array(HEIGHT * WIDTH));
    await Promise.all(opened.map((products, at) => products.innerProducts(ROWS, COLS, tiles[at]!)));
    [one, other].forEach((points, at) => {
      expect(tiles[at]![0]).toBeCloseTo(dot(points, ROWS.start, points, COLS.start), 5);
      expect(tiles[at]!.at(-1)).toBeCloseTo(dot(points, ROWS.end - 1, points, COLS.end - 1), 5);
    });
    for (const products of opened) await products.close();
  });
});

describe('the self-test', () => {
  it.each([...devices, ['gpu.js in webasm, with threads', () => startHosted('webasm', 2)] as const])(
    'passes %s',
    async (_, start) => {
      const device = await start();
      expect(await selfTest(device)).toBeUndefined();
      await device.close();
    },
  );

  /** A processor whose products pass through `change`. */
  const changed = async (change: (product: number) => number): Promise<Device> => {
    const device = await startOnnx('cpu');
    return {
      ...device,
      open: async (points) => {
        const { innerProducts, productsAbove, close } = await device.open(points);
        return {
          innerProducts: async (rows, cols, into) => {
            await innerProducts(rows, cols, into);
            into.forEach((product, at) => {
              into[at] = change(product);
            });
          },
          productsAbove: productsAbove!,
          close,
        };
      },
    };
  };

  it('refuses a device that computes with less than float32, or nothing at all', async () => {
    // TF32 keeps 10 bits after the point, float16 too.
    const short = await changed((product) => Math.round(product * 2 ** 10) / 2 ** 10);
    await expect(selfTest(short)).rejects.toThrow(/not those of float32/);
    const idle = await changed(() => 0);
    await expect(selfTest(idle)).rejects.toThrow(/not those of float32/);
    for (const device of [short, idle]) await device.close();
  });

  it('says where picking alone goes wrong', async () => {
    const device = await startOnnx('cpu');
    const forgetful: Device = {
      ...device,
      open: async (points) => ({
        ...(await device.open(points)),
        productsAbove: async (_rows, _cols, _floors, into) => void into.fill(-Infinity),
      }),
    };
    expect(await selfTest(forgetful)).toMatch(/it gave -Infinity for the product/);
    await device.close();
  });
});
