import { definePlugin } from '@refrain/core';
import { bullmq } from './bullmq.ts';

export { bullmq } from './bullmq.ts';

export default definePlugin({ executor: [bullmq] });
