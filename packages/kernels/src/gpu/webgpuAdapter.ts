import { readdirSync } from 'node:fs';
import { ConfigError, type InTurn, messageOf } from '@refrain/core';
import { type GpuJs, type GpuJsLibrary, startGpuJs, type WebgpuAdapter } from './gpuJs.ts';

interface Gpu {
  requestAdapter(options?: object): Promise<WebgpuAdapter | null>;
}

/** A graphics card that gpu.js has opened. Its turns throw the first error that the device has reported since the last: gpu.js would only print it. */
interface OpenWebgpu {
  readonly gpu: GpuJs;
  readonly adapter: string;
  readonly software: boolean;
  close(): Promise<void>;
}

/** What is missing most often where Dawn, the WebGPU of `webgpu` and of onnxruntime, finds nothing. */
export const VULKAN_HINT: string =
  process.platform === 'linux' ? ' (it needs libvulkan.so.1 and the Vulkan driver of the card)' : '';

// gpu.js has one WebGPU device for the whole process. Dawn must be held as long as that is in use, and no longer: it keeps the process alive.
let users = 0;
let dawn: Gpu | undefined;

/**
 * Opens the graphics card for gpu.js: by the WebGPU of the surroundings where there is one, else by the package `webgpu` (Dawn), which is given
 * `dawnOptions`. Throws an error that says why there is none.
 */
export async function openWebgpu(library: GpuJsLibrary, dawnOptions: readonly string[] = []): Promise<OpenWebgpu> {
  users++;
  try {
    if (surroundings().navigator?.gpu === undefined) dawn ??= (await loadDawn()).create([...dawnOptions]);
    const { adapter, device } = await withNavigator(() => library.WebGPUContext.acquire());
    const gpu = withNavigator(() => startGpuJs(library, 'webgpu', 1));
    const errors: string[] = [];
    device.onuncapturederror = ({ error }) => errors.push(error.message);
    const inTurn: InTurn = async (work) => {
      const result = await gpu.inTurn(work);
      const [first] = errors.splice(0);
      if (first !== undefined) throw new Error(`The graphics card failed: ${first}`);
      return result;
    };
    return {
      gpu: { ...gpu, inTurn },
      adapter: adapterName(adapter),
      software: isSoftware(adapter),
      close: async () => {
        await gpu.close();
        await leave(library);
      },
    };
  } catch (error) {
    await leave(library);
    throw error;
  }
}

/** The graphics card that the package `webgpu` sees, without opening it; undefined where that cannot be told. */
export async function adapterSeen(): Promise<Pick<OpenWebgpu, 'adapter' | 'software'> | undefined> {
  try {
    const adapter = await (await loadDawn()).create([]).requestAdapter({ powerPreference: 'high-performance' });
    return adapter === null ? undefined : { adapter: adapterName(adapter), software: isSoftware(adapter) };
  } catch {
    return undefined;
  }
}

/** Whether the user names a device: Vulkan's loader then takes the drivers in these variables, and no others. */
export function isDeviceNamed(): boolean {
  return Boolean(process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES);
}

/** Whether the system shows a graphics card. True where it cannot be told: only Linux shows them as files. */
export function hasGraphicsCard(): boolean {
  if (process.platform !== 'linux') return true;
  // NVIDIA's driver, AMD's and Intel's (dri, kfd), Windows' in its subsystem for Linux (dxg).
  return readdirSync('/dev').some((name) => /^(nvidia\d*|dri|kfd|dxg)$/.test(name));
}

const surroundings = () => globalThis as { navigator?: { gpu?: Gpu } };

/** Runs `work` with Dawn as `navigator.gpu`, where gpu.js looks for it, and puts everything back: others take a navigator for a browser. */
function withNavigator<T>(work: () => T): T {
  if (dawn === undefined) return work();
  const own = dawn;
  const gpu: Gpu = {
    requestAdapter: async (options) => {
      const adapter = await own.requestAdapter({ powerPreference: 'high-performance', ...options });
      if (adapter === null) throw new Error(`WebGPU finds no graphics card${VULKAN_HINT}`);
      return adapter;
    },
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return work();
  } finally {
    if (before === undefined) delete surroundings().navigator;
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}

async function loadDawn(): Promise<{ create(options: string[]): Gpu }> {
  try {
    return (await import('webgpu')) as unknown as { create(options: string[]): Gpu };
  } catch (cause) {
    const message = `It needs the package webgpu (npm install webgpu@0.6.2): ${messageOf(cause)}`;
    throw new ConfigError('kernel.mode', message, { cause });
  }
}

/** Ends the device with its last user. */
async function leave({ WebGPUContext }: GpuJsLibrary): Promise<void> {
  users--;
  if (users > 0) return;
  // Dawn collected before its device has ended takes the process with it.
  await WebGPUContext.destroy();
  if (users === 0) dawn = undefined;
}

/** What a WebGPU adapter calls itself. */
function adapterName({ info }: WebgpuAdapter): string {
  const names = [info?.description, info?.device, [info?.vendor, info?.architecture].filter(Boolean).join(' ')];
  return names.find((name) => name !== undefined && name !== '') ?? 'an adapter without a name';
}

/** Whether a name is that of a program that computes on the processor what graphics cards do. */
export function isSoftwareName(name: string): boolean {
  return /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp|null-backend/i.test(name);
}

function isSoftware({ info, isFallbackAdapter }: WebgpuAdapter): boolean {
  if (isFallbackAdapter === true || info?.isFallbackAdapter === true) return true;
  return isSoftwareName([info?.vendor, info?.architecture, info?.device, info?.description].join(' '));
}
