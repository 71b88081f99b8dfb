import { existsSync } from 'node:fs';
import { describe, it } from 'vitest';

/** Where Debian's chromium keeps the file that names its Vulkan device: SwiftShader, a program that plays graphics card. */
const CHROMIUMS = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The file that names the Vulkan device of the tests: what VK_ICD_FILENAMES says, else the software device of chromium; undefined where there is none. */
export const SOFTWARE_CARD: string | undefined =
  process.env.VK_ICD_FILENAMES ?? (existsSync(CHROMIUMS) ? CHROMIUMS : undefined);

/**
 * A `describe` that runs what is for graphics cards on a software device, which this process and those that it starts see from now on. Where it is missing,
 * one skipped test says so by its name, or it fails where nothing may be missing. For files of tests that have a process to themselves.
 */
export function describeOnSoftwareCard(name: string, body: () => void): void {
  if (SOFTWARE_CARD !== undefined) {
    process.env.VK_ICD_FILENAMES = SOFTWARE_CARD;
    describe(name, body);
  } else if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1') {
    throw new Error(`${name}: REFRAIN_REQUIRE_TEST_DATA=1, but there is no ${CHROMIUMS}: tools/extras.sh installs it.`);
  } else {
    describe(name, () => it.skip(`skipped: no ${CHROMIUMS} (tools/extras.sh installs it)`, () => {}));
  }
}
