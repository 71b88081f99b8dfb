import { definePlugin } from '@refrain/core';
import { local } from './local/local.ts';

export { LocalExecutor, local } from './local/local.ts';

export default definePlugin({ executor: [local] });
