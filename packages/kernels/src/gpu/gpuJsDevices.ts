import { ConfigError, type Matrix, type Range } from '@refrain/core';
import type { InnerProducts } from '@refrain/core/reductions';
import type { Device } from './device.ts';
import { type GpuJs, loadGpuJs, rowsOf, rowsOfFlat, startGpuJs, webglMode } from './gpuJs.ts';
import { type ResidentKernels, residentProducts } from './residentProducts.ts';
import { isSoftwareName, openWebgpu } from './webgpuAdapter.ts';

// One side of an output may have 65,535 groups of 8 threads (the limit that WebGPU guarantees), and the upload has one thread per point.
const WEBGPU_POINTS = 65_535 * 8;

/** gpu.js on the processor. `webasm` may use `threads`. */
export async function startHosted(mode: 'webasm' | 'cpu', threads: number): Promise<Device> {
  const gpu = startGpuJs(await loadGpuJs(), mode, threads);
  return {
    // Measured: from 128 × 256 to 512 × 512 the size makes no difference, and small tiles let an interrupt through sooner.
    tile: { rows: 256, cols: 256 },
    open: async (points) => hostedProducts(gpu, points),
    close: () => gpu.close(),
  };
}

/** gpu.js on a graphics card through WebGPU. `dawnOptions` go to the package `webgpu`. */
export async function startWebgpu(dawnOptions: readonly string[] = []): Promise<Device> {
  const library = await loadGpuJs();
  const { gpu, adapter, software, close } = await openWebgpu(library, dawnOptions);
  const resident = onResident(gpu);
  return {
    adapter,
    software,
    tile: { rows: 4096, cols: 4096 },
    open: async (points) => {
      if (points.rows > WEBGPU_POINTS) {
        const message = `kernel.mode webgpu takes up to ${WEBGPU_POINTS} points, got ${points.rows}: take cuda, or the kernel cpu.`;
        throw new ConfigError('kernel.mode', message);
      }
      return resident(points);
    },
    close,
  };
}

/** gpu.js on a graphics card through WebGL: in Node.js by the package `gl`, in a browser by the browser. */
export async function startWebgl(): Promise<Device> {
  const library = await loadGpuJs();
  const mode = webglMode(library);
  if (mode === undefined) {
    throw new Error(
      'there is no WebGL: in Node.js it comes with the package gl (npm install gl@8.1.6) and needs a display',
    );
  }
  const gpu = startGpuJs(library, mode, 1);
  const adapter = rendererName(gpu.context);
  return {
    adapter,
    software: isSoftwareName(adapter ?? ''),
    tile: { rows: 2048, cols: 2048 },
    open: onResident(gpu),
    close: () => gpu.close(),
  };
}

/** Opens points with kernels that are compiled once, for the first ones: all points of a device have one dimension. */
function onResident(gpu: GpuJs): Device['open'] {
  let kernels: ResidentKernels | undefined;
  return async (points) => {
    kernels ??= residentProducts(gpu, points.cols);
    return kernels.open(points);
  };
}

interface WebGl {
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(parameter: number): unknown;
  readonly RENDERER: number;
}

function rendererName(context: unknown): string | undefined {
  if (context === null || context === undefined) return undefined;
  const gl = context as WebGl;
  const named = gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER;
  const name = gl.getParameter(named);
  return typeof name === 'string' ? name : undefined;
}

// The columns lie transposed: neighbouring threads then read neighbouring numbers, which `webasm` takes four at a time.
const productsOf = (dim: number) => `function products(rows, cols) {
  let sum = 0;
  for (let k = 0; k < ${dim}; k++) {
    sum += rows[this.thread.y][k] * cols[k][this.thread.x];
  }
  return sum;
}`;

/** Inner products by gpu.js in the modes that compute where the points lie anyway, `webasm` and `cpu`: each call is given what it multiplies. */
function hostedProducts(gpu: GpuJs, points: Matrix): InnerProducts {
  const products = gpu.kernel(productsOf(points.cols));
  return {
    innerProducts: (rows, cols, into) =>
      gpu.inTurn(async () => {
        const [height, width] = [rows.end - rows.start, cols.end - cols.start];
        // Vectors of four must not cross the end of a row.
        const padded = Math.ceil(width / 4) * 4;
        const left = points.data.subarray(rows.start * points.cols, rows.end * points.cols);
        const product = await products.run(
          [padded, height],
          rowsOfFlat(left, points.cols),
          transposed(points, cols, padded),
        );
        (await rowsOf(product)).forEach((values, i) => {
          into.set(values.subarray(0, width), i * width);
        });
      }),
    close: async () => products.destroy(),
  };
}

/** Rows of points as columns, `width` ≥ their number wide, filled up with 0. */
function transposed({ data, cols: dim }: Matrix, range: Range, width: number): Float32Array[] {
  const turned = new Float32Array(dim * width);
  for (let i = range.start; i < range.end; i++) {
    for (let k = 0; k < dim; k++) turned[k * width + i - range.start] = data[i * dim + k]!;
  }
  return rowsOfFlat(turned, width);
}
