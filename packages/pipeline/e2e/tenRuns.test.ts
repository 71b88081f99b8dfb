import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import { expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('./tenRuns.mjs', import.meta.url));
const FROM_SOURCE = fileURLToPath(import.meta.resolve('@refrain/core/from-source'));

/** V8 compiles hot functions anew for some forty runs and keeps the code among the heap: with these it is all there after the first, so that what grows is ours. */
const COMPILED_ONCE = ['--no-opt', '--no-maglev', '--no-sparkplug', '--no-lazy-feedback-allocation'];

interface Figures {
  readonly run: number;
  readonly kept: number;
  readonly threads: number;
  readonly handles: number;
  /** Results of earlier runs that are still in memory. */
  readonly earlier: number;
  /** Bytes in use after a collection. */
  readonly heap: number;
}

// Threads are counted in /proc, which Linux alone has.
it.runIf(existsSync('/proc/self/task'))('leaves nothing open: after ten runs all is as after two', async () => {
  const work = await mkdtemp(join(tmpdir(), 'refrain-ten-'));
  // Enough clips for two threads.
  for (let clip = 0; clip < 36; clip++) {
    const { uniform } = seededRandom(`clip ${clip % 30}`);
    const samples = Float32Array.from({ length: 2000 }, (_, i) => (uniform() - 0.5) * Math.sin(i / (300 + 40 * clip)));
    await writeFile(join(work, `${clip}.wav`), encodeWav({ samples, sampleRate: 8000 }));
  }
  const cache = await mkdtemp(join(tmpdir(), 'refrain-ten-cache-'));
  const sources = process.env.REFRAIN_TEST_BUILT === '1' ? [] : ['--import', FROM_SOURCE];
  const child = ['--expose-gc', ...COMPILED_ONCE, ...sources, CHILD, work, cache];
  const { stdout } = await promisify(execFile)(process.execPath, child);
  const runs = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figures);
  process.stdout.write(stdout);
  const [second, tenth] = [runs[1]!, runs[9]!];
  expect(runs).toHaveLength(10);
  expect(runs.every(({ kept }) => kept === second.kept && kept > 0)).toBe(true);
  expect(tenth.threads).toBe(second.threads);
  expect(tenth.handles).toBe(second.handles);
  expect(tenth.earlier).toBe(0);
  // Equal but for what the runtime keeps of ended threads and of code, some 5 kB a run and 300 kB at most as seen; a call that stayed reachable would keep eight megabytes, a quarter of it all.
  expect(tenth.heap / second.heap).toBeLessThan(1.02);
});
