import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// Sources are tested as they stand, without a build: every package exports its src/ under this condition first.
const conditions = ['@refrain/source', 'node'];

const testData = resolve(import.meta.dirname, process.env.REFRAIN_TEST_DATA ?? '../shared/data');
if (!existsSync(testData)) {
  if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1') {
    throw new Error(`REFRAIN_REQUIRE_TEST_DATA=1, but there is no test data at ${testData}: set REFRAIN_TEST_DATA`);
  }
  process.stderr.write(
    `No test data at ${testData} (REFRAIN_TEST_DATA): tests on real audio and golden values are skipped.\n`,
  );
}

// `npm test` builds the command first: what is published starts in an eighth of the time that the sources need.
const isBuilt = process.env.npm_lifecycle_event === 'test';

/** Tests that look at their process as a whole: its memory, its processor time, its threads, what it started, what native code keeps in it. */
const ALONE = [
  'packages/checkpoints/src/{cost,fuzz}.test.ts',
  'packages/core/src/files/{folders,readAt,temporary}.test.ts',
  'packages/datasets/src/magnatagatune/audio.test.ts',
  'packages/datasets/src/manifest/{content,parseList}.test.ts',
  'packages/decoders/src/ffmpeg/*.test.ts',
  'packages/encoders/src/onnx-model/{onnxEncoder,openedWhenRun,processSession}.test.ts',
  'packages/evaluators/src/linear-probe/{headFile,probeSets,trainProbeOptions,trainProbes}.test.ts',
  'packages/kernels/src/{cpu/threads,distributed/*,gpu/{gpu,products,softwareCard,webgpuAdapter}}.test.ts',
  'packages/onnx/src/telemetry.test.ts',
  'packages/parquet/src/*.test.ts',
  'packages/pipeline/src/cache/{embeddingCache,places,rememberedSimilarities}.test.ts',
  'packages/*/e2e/**/*.test.ts',
  'apps/runner/e2e/{brokenFiles,demo,embedThreads,fingerprints,maxMemory,music-dev,page,places,plugins,worker}.test.ts',
  'examples/{*.test.ts,third-party/*.test.js}',
  'tools/{documents/walk,kills/kills}.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // What is printed is compared as a terminal of today shows it.
    env: { LC_ALL: 'C.UTF-8', REFRAIN_TEST_DATA: testData, ...(isBuilt && { REFRAIN_TEST_BUILT: '1' }) },
    globalSetup: 'tools/testFolder.ts',
    // Half of the machine's cores is vitest's own choice, so one of two: but most tests keep a single core busy.
    maxWorkers: availableParallelism(),
    // They end what hangs, and judge no machine.
    testTimeout: 400_000,
    hookTimeout: 400_000,
    projects: [
      // One process after another file of tests: a process of its own would take half a second for each, to start and to import.
      {
        extends: true,
        test: {
          name: 'together',
          include: [
            '{packages,apps}/*/{src,e2e}/**/*.test.ts',
            'apps/runner/examples/*/src/**/*.test.ts',
            'tools/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
      // What is published, installed as others install it: `npm run packages`, and no part of `npm test`.
      { extends: true, test: { name: 'packages', include: ['tools/packages/*.check.ts'], maxConcurrency: 3 } },
    ],
  },
});
