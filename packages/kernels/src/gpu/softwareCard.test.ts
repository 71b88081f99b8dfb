import { quietHost, type SimilarityKernel, zeros } from '@refrain/core';
import { withReductions } from '@refrain/core/reductions';
import { describeOnSoftwareCard, testKernel } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Device, selfTest } from './device.ts';
import { GpuKernel, type GpuMode } from './gpu.ts';
import { startOnnx } from './onnxProducts.ts';

describeOnSoftwareCard('on a software device', () => {
  describe('webgpu', () => {
    const kernel = new GpuKernel({ mode: 'webgpu' });
    testKernel(() => kernel);
  });

  // One device for all: onnxruntime compiles its shaders anew for every session, which takes SwiftShader more than a second.
  describe('onnx-webgpu', () => {
    let device: Device;
    beforeAll(async () => {
      device = await startOnnx('webgpu');
    });
    afterAll(() => device.close());
    const kernel: SimilarityKernel = {
      name: 'onnx-webgpu',
      load: (points, measure = 'inner-product') =>
        withReductions(points, measure, (some) => device.open(some), { tile: { rows: 150, cols: 230 } }),
    };
    testKernel(() => kernel);

    it('passes the self-test, and can pick', async () => {
      expect(await selfTest(device)).toBeUndefined();
    });
  });

  it.each<[GpuMode | 'auto', GpuMode]>([
    ['webgpu', 'webgpu'],
    ['onnx-webgpu', 'onnx-webgpu'],
    // The user has named it, so a program may be it.
    ['auto', 'webgpu'],
  ])('%s runs in mode %s, and says on what', async (mode, ran) => {
    const notices: string[] = [];
    const kernel = new GpuKernel({ mode }, quietHost({ notice: (message) => notices.push(message) }));
    await (await kernel.load(zeros(9, 4))).close();
    await kernel.close();
    expect(kernel.mode).toBe(ran);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(`The kernel gpu runs in mode ${ran} on `);
  });
});
