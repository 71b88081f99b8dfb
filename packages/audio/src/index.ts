export { joined } from './bytes.ts';
export { type DecodeOptions, decodeAudio, readAudioFile, requireFile, streamAudio, streamAudioFile } from './decode.ts';
export { inOnePiece } from './inOnePiece.ts';
export { Mixdown, wholeWaveform } from './mixdown.ts';
export { countFrom, peakOf } from './peak.ts';
export { resample, resamplePieces, sliced } from './resample.ts';
export { SampleQueue } from './sampleQueue.ts';
export { type AudioFormat, browserMediaType, mayBeAudio, sniffFormat } from './sniff.ts';
export { encodeWav } from './wav.ts';
