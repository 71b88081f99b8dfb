import { setImmediate } from 'node:timers/promises';
import type { Reduction } from '@refrain/core';
import type { TileSize } from '../tiles.ts';
import type { Pass } from './pass.ts';
import { productsOf, type Work } from './runPass.ts';

/** All tasks of a pass, one after the other in this thread. The event loop turns before each tile, so that timers, progress and an interrupt get through. */
export function inlineWork(pass: Pass, size: TileSize, { signal, onProgress }: Reduction): Work {
  const total = productsOf(pass, size);
  let next = 0;
  let done = 0;
  return {
    next: () => next++,
    pause: async () => {
      await setImmediate();
      signal?.throwIfAborted();
    },
    done: (products) => {
      done += products;
      onProgress?.(done / total);
    },
  };
}
