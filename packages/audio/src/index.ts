export { type DecodeOptions, decodeAudio } from './decode.ts';
export { encodeWav } from './encodeWav.ts';
export { readAudioFile } from './readAudioFile.ts';
export { requireFile } from './requireFile.ts';
export { resample } from './resample.ts';
export { type AudioFormat, sniffFormat } from './sniff.ts';
