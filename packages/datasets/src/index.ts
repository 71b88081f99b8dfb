import { definePlugin } from '@refrain/core';
import { audioFolder } from './audio-folder/audioFolder.ts';
import { gtzan } from './gtzan/gtzan.ts';
import { librispeech } from './librispeech/librispeech.ts';
import { magnatagatune } from './magnatagatune/magnatagatune.ts';
import { manifest } from './manifest/manifest.ts';
import { millionSong } from './million-song/millionSong.ts';

export { audioFolder, type FolderClasses, openAudioFolder } from './audio-folder/audioFolder.ts';
export { type GtzanMeans, type GtzanSettings, gtzan, openGtzan } from './gtzan/gtzan.ts';
export { librispeech, openLibriSpeech } from './librispeech/librispeech.ts';
export {
  type MagnaTagATuneMeans,
  type MagnaTagATuneSettings,
  magnatagatune,
  openMagnaTagATune,
} from './magnatagatune/magnatagatune.ts';
export {
  type ManifestMeans,
  type ManifestSettings,
  manifest,
  openManifest,
  openManifestSplits,
} from './manifest/manifest.ts';

export {
  type MillionSongMeans,
  type MillionSongSettings,
  millionSong,
  openMillionSong,
} from './million-song/millionSong.ts';

export type { ParquetMatrix } from './parquet/matrix.ts';
export { type ParquetFile, type ParquetOptions, withParquet } from './parquet/thread.ts';

export default definePlugin({ dataset: [magnatagatune, millionSong, gtzan, librispeech, audioFolder, manifest] });
