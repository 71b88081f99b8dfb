// Imported first, it lets a thread or process run the workspace's TypeScript sources, without a build. Published packages do without it. Under
// REFRAIN_TEST_BUILT=1 they run what was built instead: the sources take a thread five times the time to start, and tests start hundreds. What tests
// have of their own to run was not built.
import { register } from 'node:module';

if (
  process.env.REFRAIN_TEST_BUILT === '1' &&
  /[\\/](?:packages|apps)[\\/][\w-]+[\\/]src[\\/]/.test(process.argv[1] ?? '')
) {
  register('./builtInstead.mjs', import.meta.url);
} else {
  const { register: runTypeScript } = await import('tsx/esm/api');
  register('./sourceCondition.mjs', import.meta.url);
  runTypeScript();
}
