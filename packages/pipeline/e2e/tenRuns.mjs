import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { audioFolder } from '@refrain/datasets';
import { mfcc } from '@refrain/encoders';
import { cpu } from '@refrain/kernels';
import { prune } from '@refrain/pipeline';

/** Prunes a folder ten times in this process, with threads for embedding and for the kernel, and prints what is left after each time. */
const [dir, folder] = process.argv.slice(2);
const results = [];

for (let run = 1; run <= 10; run++) {
  // Whatever keeps the call's options, keeps these eight megabytes.
  const ballast = new Array(1e6).fill(run + 0.5);
  const options = {
    dataset: audioFolder({ dir }),
    encoder: mfcc(),
    kernel: cpu({ threadsFrom: 1 }),
    workers: 2,
    t: 0.5,
  };
  // Embedding threads start where the cache is empty.
  const cacheDir = join(folder, `cache-${[2, 10].includes(run) ? run : 1}`);
  const result = await prune({ ...options, cacheDir, onNotice: () => void ballast.length });
  await result.reprune({ t: 0.8 });
  await result.write(join(folder, `pruned-${run}`));
  const { length: kept } = result.kept;
  results.push(new WeakRef(result));
  // What was closed is gone when the event loop has come round; what then lets go of something else, goes with the second collection.
  for (let collection = 0; collection < 2; collection++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
  }
  const threads = readdirSync('/proc/self/task').length;
  const handles = process.getActiveResourcesInfo().length;
  const earlier = results.slice(0, -1).filter((one) => one.deref() !== undefined).length;
  const heap = process.memoryUsage().heapUsed;
  process.stdout.write(`${JSON.stringify({ run, kept, threads, handles, earlier, heap })}\n`);
}
