import { definePlugin } from '@refrain/core';
import { builtin } from './builtin/builtin.ts';

export { builtin } from './builtin/builtin.ts';

export default definePlugin({ decoder: [builtin] });
