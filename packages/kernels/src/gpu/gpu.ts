import {
  booleanOption,
  ConfigError,
  defineComponent,
  type Host,
  type LoadedPoints,
  type Matrix,
  type Measure,
  messageOf,
  parseOptions,
  quietHost,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import { withReductions } from '@refrain/core/reductions';
import { measureCosines } from '../measureCosines.ts';
import { type Device, type StartDevice, selfTest } from './device.ts';
import { startHosted, startWebgl, startWebgpu } from './gpuJsDevices.ts';
import { startOnnx } from './onnxProducts.ts';
import { adapterSeen, hasGraphicsCard, isDeviceNamed, VULKAN_HINT } from './webgpuAdapter.ts';

/** How the kernel `gpu` can compute. */
export type GpuMode = 'cuda' | 'webgpu' | 'onnx-webgpu' | 'webgl' | 'webasm' | 'cpu';

const ON_A_GPU: readonly GpuMode[] = ['cuda', 'webgpu', 'onnx-webgpu', 'webgl'];
// Without a card their library, Dawn, writes a warning to the terminal that no one can stop.
const BY_DAWN: readonly GpuMode[] = ['webgpu', 'onnx-webgpu'];
const ON_THE_PROCESSOR: readonly GpuMode[] = ['webasm', 'cpu'];

const options = z.object({
  mode: z
    .enum(['auto', ...ON_A_GPU, ...ON_THE_PROCESSOR])
    .default('auto')
    .describe('how to reach the graphics card: cuda and onnx-webgpu by onnxruntime, the others by gpu.js'),
  fallback: booleanOption()
    .default(false)
    .describe('whether to compute on the processor, slowly, where the mode cannot run'),
});

/** The options of the kernel `gpu`. */
export type GpuOptions = z.output<typeof options>;

/**
 * Similarities on a graphics card. The mode is found out with the first points and stays. `load` throws a ConfigError where none can run.
 */
export class GpuKernel implements SimilarityKernel {
  readonly name = 'gpu';
  /** On the processor: in float64. */
  readonly measureCosines = measureCosines;
  readonly #options: GpuOptions;
  readonly #host: Host;
  #choice: Promise<Choice> | undefined;
  #mode: GpuMode | undefined;
  /** Points whose device is open: each set has its own. */
  readonly #open = new Set<LoadedPoints>();

  /** Throws a ConfigError that names the first option out of range. */
  constructor(given: z.input<typeof options> = {}, host: Host = quietHost()) {
    this.#options = parseOptions(options, given, 'gpu');
    this.#host = host;
  }

  /** The mode that really runs; undefined before the first points are loaded. */
  get mode(): GpuMode | undefined {
    return this.#mode;
  }

  async load(points: Matrix, measure: Measure = 'inner-product'): Promise<LoadedPoints> {
    this.#choice ??= this.#choose();
    const { start } = await this.#choice;
    const device = await start();
    try {
      const loaded = await withReductions(points, measure, (some) => device.open(some), { tile: device.tile });
      return this.#closing(loaded, device);
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, (loaded) => loaded.close()));
  }

  /** The points, closing their device when they are closed. */
  #closing(loaded: LoadedPoints, device: Device): LoadedPoints {
    const close = loaded.close.bind(loaded);
    let closed: Promise<void> | undefined;
    this.#open.add(loaded);
    return Object.assign(loaded, {
      close: () => {
        this.#open.delete(loaded);
        closed ??= close().then(() => device.close());
        return closed;
      },
    });
  }

  async #choose(): Promise<Choice> {
    const { mode, fallback } = this.#options;
    const asked = mode === 'auto' ? ON_A_GPU : [mode];
    const instead = fallback ? ON_THE_PROCESSOR.filter((other) => other !== mode) : [];
    const refused: Refusal[] = [];
    for (const candidate of [...asked, ...instead]) {
      try {
        const choice = await tried(candidate, starts(this.#host)[candidate], mode === 'auto');
        this.#mode = candidate;
        this.#host.notice(told(candidate, choice, refused));
        return choice;
      } catch (error) {
        refused.push({ mode: candidate, why: shortened(messageOf(error)) });
      }
    }
    throw new ConfigError('kernel.mode', refusal(mode, refused));
  }
}

interface Refusal {
  readonly mode: GpuMode;
  readonly why: string;
}

interface Choice {
  readonly start: StartDevice;
  readonly adapter: string | undefined;
  /** Why tiles have to come back whole, where the device could not pick from them. */
  readonly whole: string | undefined;
}

const starts = ({ workers }: Host): Readonly<Record<GpuMode, StartDevice>> => ({
  cuda: () => startOnnx('cuda'),
  webgpu: () => startWebgpu(),
  'onnx-webgpu': startOnnxWebgpu,
  webgl: startWebgl,
  webasm: () => startHosted('webasm', workers),
  cpu: () => startHosted('cpu', workers),
});

async function startOnnxWebgpu(): Promise<Device> {
  const device = await startOnnx('webgpu').catch((cause) => {
    throw new Error(`onnxruntime finds no graphics card by WebGPU${VULKAN_HINT}`, { cause });
  });
  // onnxruntime does not tell which card it took.
  return { ...device, ...(await adapterSeen()) };
}

/** Starts a mode, lets it show what it can, and ends it again. Throws an error that says why it will not do. */
async function tried(mode: GpuMode, start: StartDevice, onlyCards: boolean): Promise<Choice> {
  const isNamed = BY_DAWN.includes(mode) && isDeviceNamed();
  if (onlyCards && BY_DAWN.includes(mode) && !isNamed && !hasGraphicsCard()) {
    throw new Error(
      'the system shows no graphics card (none of /dev/nvidia*, dri, kfd, dxg), and VK_ICD_FILENAMES names no device',
    );
  }
  const device = await start();
  try {
    if (onlyCards && !isNamed && device.software) {
      throw new Error(`its adapter, ${device.adapter}, is a program on the processor; kernel.mode ${mode} takes it`);
    }
    const whole = await selfTest(device);
    const { adapter } = device;
    return whole === undefined ? { start, adapter, whole } : { start: withoutPicking(start), adapter, whole };
  } finally {
    await device.close();
  }
}

const withoutPicking = (start: StartDevice) => async (): Promise<Device> => {
  const device = await start();
  return {
    ...device,
    open: async (points) => {
      const { innerProducts, close } = await device.open(points);
      return { innerProducts, close };
    },
  };
};

function told(mode: GpuMode, { adapter, whole }: Choice, refused: readonly Refusal[]): string {
  const where = ON_THE_PROCESSOR.includes(mode) ? ' on the processor; the kernel cpu is many times quicker' : '';
  const card = adapter === undefined ? '' : ` on ${adapter}`;
  const picking = whole === undefined ? '' : ` It fetches every tile whole (${whole}).`;
  const because = refused.length === 0 ? '' : ` Not possible: ${listed(refused)}.`;
  return `The kernel gpu runs in mode ${mode}${card}${where}.${picking}${because}`;
}

function refusal(mode: GpuMode | 'auto', refused: readonly Refusal[]): string {
  const what =
    mode === 'auto' ? 'There is no graphics card that the kernel gpu could use' : `kernel.mode ${mode} cannot run`;
  return (
    `${what}. ${listed(refused)}. The kernel cpu needs no graphics card and is quick; ` +
    'kernel.fallback true goes on without one, kernel.mode webasm asks for that by name.'
  );
}

const CUDA_HELP = 'its library is fetched by the install script of onnxruntime-node: npm install onnxruntime-node';

const listed = (refused: readonly Refusal[]) =>
  refused.map(({ mode, why }) => `${mode}: ${why}${mode === 'cuda' ? ` (${CUDA_HELP})` : ''}`).join('; ');

function shortened(message: string): string {
  return message
    .split('\n')[0]!
    .slice(0, 200)
    .replace(/[.\s]+$/, '');
}

/** The kernel `gpu`. */
export const gpu = defineComponent({
  name: 'gpu',
  description: 'similarities on a graphics card, by onnxruntime or gpu.js',
  options,
  inject: ['host'],
  create: (given, host): SimilarityKernel => new GpuKernel(given, host),
});
