import { definePlugin } from '@refrain/core';
import { audioFolder } from './audio-folder/audioFolder.ts';
import { gtzan } from './gtzan/gtzan.ts';
import { librispeech } from './librispeech/librispeech.ts';
import { magnatagatune } from './magnatagatune/magnatagatune.ts';
import { manifest } from './manifest/manifest.ts';
import { millionSong } from './million-song/millionSong.ts';

export { audioFolder, gtzan, librispeech, magnatagatune, manifest, millionSong };

export default definePlugin({ dataset: [magnatagatune, millionSong, gtzan, librispeech, audioFolder, manifest] });
