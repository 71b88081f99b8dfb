export { type DecodeOptions, decodeAudio, streamAudio } from './decode.ts';
export { encodeWav } from './encodeWav.ts';
export { Mixdown, wholeWaveform } from './mixdown.ts';
export { readAudioFile, streamAudioFile } from './readAudioFile.ts';
export { requireFile } from './requireFile.ts';
export { resample, resamplePieces, sliced } from './resample.ts';
export { SampleQueue } from './sampleQueue.ts';
export { type AudioFormat, mayBeAudio, sniffFormat } from './sniff.ts';
