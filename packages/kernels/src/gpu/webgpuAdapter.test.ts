import { zeros } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfTest } from './device.ts';
import { startWebgpu } from './gpuJsDevices.ts';
import { isSoftwareName } from './webgpuAdapter.ts';

// Dawn's adapter that checks everything, shaders included, and computes nothing. The package webgpu has no binary for some systems.
const nullDevice = () => startWebgpu(['backend=null']);
const loads = await import('webgpu').then(
  () => true,
  () => false,
);

describe.skipIf(!loads)('WebGPU (skipped where the package webgpu has no binary)', () => {
  // Under load Dawn's null backend now and then ends the process when it is made anew right after it was let go: one user stays throughout.
  let held: Awaited<ReturnType<typeof nullDevice>>;
  beforeAll(async () => {
    held = await nullDevice();
  });
  afterAll(() => held.close());

  it('takes our shaders, buffers and sizes', async () => {
    const device = await nullDevice();
    expect(device.adapter).toBe('null-backend');
    const products = await device.open(zeros(700, 33));
    for (const [height, width] of [
      [70, 130],
      [600, 500],
      [1, 1],
    ] as const) {
      const [rows, cols] = [
        { start: 0, end: height },
        { start: 100, end: 100 + width },
      ];
      const into = new Float32Array(height * width);
      await products.innerProducts(rows, cols, into);
      const floors = {
        row: new Float32Array(height).fill(1),
        col: new Float32Array(width).fill(1),
        rowOffset: new Float32Array(height),
        colOffset: new Float32Array(width),
      };
      await products.productsAbove!(rows, cols, floors, into);
    }
    await products.close();
    await device.close();
  });

  it('is refused where the adapter computes nothing, and where it is software', async () => {
    const device = await nullDevice();
    expect(device.software).toBe(true);
    await expect(selfTest(device)).rejects.toThrow(/inner products are not those of float32/);
    await device.close();
  });

  it('serves several at once, and leaves no navigator behind', async () => {
    const navigator = () => Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    const before = navigator();
    const [one, other] = await Promise.all([nullDevice(), nullDevice()]);
    expect(navigator()).toEqual(before);
    await one.close();
    const products = await other.open(zeros(10, 4));
    await products.innerProducts({ start: 0, end: 10 }, { start: 0, end: 10 }, new Float32Array(100));
    await products.close();
    await other.close();
    const again = await nullDevice();
    await again.close();
  });

  it('takes no more points than its groups of threads can cover', async () => {
    const device = await nullDevice();
    await expect(device.open(zeros(524_281, 1))).rejects.toThrow(/up to 524280 points.*got 524281/);
    await device.close();
  });
});

describe('the name of an adapter', () => {
  it.each([
    ['SwiftShader driver 5.0.0', true],
    ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
    ['Microsoft Basic Render Driver', true],
    ['NVIDIA H100', false],
    ['AMD Radeon RX 7900 (RADV NAVI31)', false],
    ['Apple M1 Max', false],
  ])('%s is that of a program: %s', (name, software) => {
    expect(isSoftwareName(name)).toBe(software);
  });
});
