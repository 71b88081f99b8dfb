import { definePlugin } from '@refrain/core';
import { builtin } from './builtin/builtin.ts';
import { ffmpeg } from './ffmpeg/ffmpeg.ts';
import { nodeAv } from './node-av/nodeAv.ts';

export { builtin } from './builtin/builtin.ts';
export { ffmpeg } from './ffmpeg/ffmpeg.ts';
export { nodeAv } from './node-av/nodeAv.ts';

export default definePlugin({ decoder: [builtin, ffmpeg, nodeAv] });
