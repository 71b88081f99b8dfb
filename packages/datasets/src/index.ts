import { definePlugin } from '@refrain/core';
import { audioFolder } from './audio-folder/audioFolder.ts';
import { magnatagatune } from './magnatagatune/magnatagatune.ts';

export { audioFolder, type FolderClasses, openAudioFolder } from './audio-folder/audioFolder.ts';
export { magnatagatune, openMagnaTagATune } from './magnatagatune/magnatagatune.ts';

export default definePlugin({ dataset: [magnatagatune, audioFolder] });
