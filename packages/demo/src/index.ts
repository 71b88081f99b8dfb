import { definePlugin } from '@refrain/core';
import { demo } from './demo.ts';

export { type DemoOptions, demo, openDemo } from './demo.ts';

export default definePlugin({ dataset: [demo] });
