import { ConfigError, type Host, type Matrix, quietHost, zeros } from '@refrain/core';
import { testKernel } from '@refrain/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { GpuKernel, type GpuMode, type GpuOptions, gpu } from './gpu.ts';

testKernel(() => new GpuKernel({ mode: 'webasm' }));
testKernel(() => new GpuKernel({ mode: 'cpu' }));

const PROCESSOR: readonly (GpuMode | undefined)[] = ['webasm', 'cpu'];

function points(rows: number, cols: number): Matrix {
  const matrix = zeros(rows, cols);
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = (at % 7) - 3;
  return matrix;
}

function hostWithNotices(overrides: Partial<Host> = {}): { readonly host: Host; readonly notices: string[] } {
  const notices: string[] = [];
  return { host: quietHost({ notice: (message) => notices.push(message), ...overrides }), notices };
}

/** Loads points and gives the mode that ran, or the error. */
async function modeOf(options: Partial<GpuOptions>, host?: Host): Promise<GpuMode | undefined | Error> {
  const kernel = new GpuKernel(options, host);
  try {
    await (await kernel.load(points(9, 4))).close();
    return kernel.mode;
  } catch (error) {
    return error as Error;
  }
}

describe('the mode', () => {
  it('is known after the first points, and told once', async () => {
    const { host, notices } = hostWithNotices();
    const kernel = new GpuKernel({ mode: 'webasm' }, host);
    expect(kernel.mode).toBeUndefined();
    for (let time = 0; time < 2; time++) await (await kernel.load(points(5, 3))).close();
    expect(kernel.mode).toBe('webasm');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/runs in mode webasm on the processor; the kernel cpu is many times quicker/);
  });

  it('auto takes a graphics card, or says for each way why not and what to do', async () => {
    const { host, notices } = hostWithNotices();
    const ran = await modeOf({}, host);
    if (ran instanceof Error) {
      expect(ran).toBeInstanceOf(ConfigError);
      expect((ran as ConfigError).option).toBe('kernel.mode');
      for (const part of [/cuda: /, /webgpu: /, /onnx-webgpu: /, /webgl: /, /npm install onnxruntime-node/]) {
        expect(ran.message).toMatch(part);
      }
      for (const part of ['The kernel cpu', 'kernel.fallback true', 'kernel.mode webasm']) {
        expect(ran.message).toContain(part);
      }
      expect(notices).toEqual([]);
    } else {
      // This machine has a graphics card.
      expect(['cuda', 'webgpu', 'onnx-webgpu', 'webgl']).toContain(ran);
      expect(notices[0]).toContain(`runs in mode ${ran}`);
    }
  });

  it('auto with fallback always runs, and says what', async () => {
    const { host, notices } = hostWithNotices();
    const ran = await modeOf({ fallback: true }, host);
    expect(notices[0]).toContain(`runs in mode ${ran}`);
    if (PROCESSOR.includes(ran as GpuMode)) expect(notices[0]).toMatch(/Not possible: cuda: .*webgpu: .*webgl: /);
  });

  it.each(['cuda', 'webgl'] as const)('%s runs itself, or with fallback something else that is named', async (mode) => {
    const ran = await modeOf({ mode });
    if (!(ran instanceof Error)) return expect(ran).toBe(mode);
    expect(ran).toBeInstanceOf(ConfigError);
    expect(ran.message).toContain(`kernel.mode ${mode} cannot run`);
    const { host, notices } = hostWithNotices();
    expect(await modeOf({ mode, fallback: true }, host)).toBe('webasm');
    expect(notices[0]).toContain(`Not possible: ${mode}: `);
    expect(notices[0]).toContain('webasm on the processor');
  });

  it('is not taken from gpu.js where that ran another one, and nothing is written to the console', async () => {
    const written: unknown[] = [];
    const spies = (['warn', 'error', 'log'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation((...words) => void written.push(words)),
    );
    const { startGpuJs, loadGpuJs } = await import('./gpuJs.ts');
    const gpuJs = startGpuJs(await loadGpuJs(), 'webasm', 1);
    // webasm cannot take this argument; gpu.js then goes on in mode cpu.
    const odd = { type: 'NumberTexture', toArray: () => [Float32Array.of(5)], delete: () => {} };
    const kernel = gpuJs.kernel('function first(a) { return a[this.thread.y][this.thread.x]; }');
    await expect(kernel.run([1, 1], odd)).rejects.toThrow('gpu.js ran cpu in place of webasm');
    await gpuJs.close();
    await modeOf({ fallback: true });
    for (const spy of spies) spy.mockRestore();
    expect(written).toEqual([]);
  });
});

describe('threads of webasm', () => {
  it('find what one thread finds, also for queries at the same time', async () => {
    const found = [];
    for (const workers of [1, 3]) {
      const loaded = await new GpuKernel({ mode: 'webasm' }, quietHost({ workers })).load(points(331, 13), 'euclidean');
      found.push(await Promise.all([loaded.nearest({ k: 3 }), loaded.nearest({ k: 2, rows: Uint32Array.of(330, 4) })]));
      await loaded.close();
    }
    expect(found[1]).toEqual(found[0]);
  });
});

describe('the component', () => {
  it('has the options of the kernel', () => {
    expect(gpu.options.parse({})).toEqual({ mode: 'auto', fallback: false });
    expect(gpu.options.parse({ mode: 'webasm', fallback: 'true' })).toEqual({ mode: 'webasm', fallback: true });
    expect(gpu.options.safeParse({ mode: 'vulkan' }).success).toBe(false);
  });
});
