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

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      '{packages,apps}/*/{src,e2e}/**/*.test.ts',
      'apps/runner/examples/*/src/**/*.test.ts',
      'examples/{*.test.ts,third-party/*.test.js}',
      'tools/**/*.test.ts',
    ],
    env: { REFRAIN_TEST_DATA: testData, ...(isBuilt && { REFRAIN_TEST_BUILT: '1' }) },
    globalSetup: 'tools/testFolder.ts',
    // Half of the machine's cores is vitest's own choice, so one of two: but most tests keep a single core busy.
    maxWorkers: availableParallelism(),
    // They end what hangs, and judge no machine.
    testTimeout: 400_000,
    hookTimeout: 400_000,
  },
});
