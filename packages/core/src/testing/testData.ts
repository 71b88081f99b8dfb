import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

/** The path of a file or folder of the test data (environment variable REFRAIN_TEST_DATA). */
export function testDataPath(...segments: string[]): string {
  return join(process.env.REFRAIN_TEST_DATA ?? '', ...segments);
}

/** The parsed JSON of a file of the test data. */
export function testDataJson<T>(...segments: string[]): T {
  return JSON.parse(readFileSync(testDataPath(...segments), 'utf8')) as T;
}

/** A `describe` that needs `folder` of the test data. Where it is missing, one skipped test says so by its name. */
export function describeWithData(folder: string, name: string, body: () => void): void {
  if (process.env.REFRAIN_TEST_DATA && existsSync(testDataPath(folder))) {
    describe(name, body);
  } else if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1') {
    throw new Error(`${name}: REFRAIN_REQUIRE_TEST_DATA=1, but the test data has no ${folder}.`);
  } else {
    describe(name, () => it.skip(`skipped: no ${folder} under REFRAIN_TEST_DATA`, () => {}));
  }
}
