import { definePlugin } from '@refrain/core';
import { builtin } from './builtin/builtin.ts';
import { ffmpeg } from './ffmpeg/ffmpeg.ts';

export { builtin } from './builtin/builtin.ts';
export { ffmpeg } from './ffmpeg/ffmpeg.ts';

export default definePlugin({ decoder: [builtin, ffmpeg] });
