import { expect, it } from 'vitest';
import { compiled } from '../../assembly/build.mjs';
import { SCAN_MODULE } from './scanModule.ts';

it('the scan is compiled from its source', async () => {
  expect(SCAN_MODULE, 'run `npm run scan` in packages/core').toBe(await compiled());
});
