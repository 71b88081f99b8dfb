import { textAt } from './bytes.ts';
import { findMpegStream, isFreeFormat } from './mp3.ts';
import { oggCodec } from './ogg.ts';
import { isTagged, offsetAfterTags } from './tags.ts';
import { holdsMpeg, isWav, wavLayout } from './wav.ts';

/** The formats that can be decoded. */
export type AudioFormat = 'mp3' | 'flac' | 'ogg-vorbis' | 'ogg-flac' | 'wav' | 'au';

const OGG_FORMATS: Readonly<Partial<Record<string, AudioFormat>>> = { Vorbis: 'ogg-vorbis', FLAC: 'ogg-flac' };

/**
 * The format of an audio file by its content, never by its name; undefined where it is none that can be decoded.
 * FLAC and mp3 may stand behind ID3v2 and APE tags. An mp3 needs two frames in a row, so that text and random bytes are none; MPEG audio of the
 * layers I and II is `mp3` too, also in a wav.
 */
export function sniffFormat(bytes: Uint8Array): AudioFormat | undefined {
  if (isWav(bytes)) return holdsMpeg(bytes) && findMpegStream(bytes) !== undefined ? 'mp3' : 'wav';
  if (textAt(bytes, 0, 4) === '.snd') return 'au';
  if (isOgg(bytes)) return OGG_FORMATS[oggCodec(bytes)];
  if (textAt(bytes, offsetAfterTags(bytes), 4) === 'fLaC') return 'flac';
  return knownElsewhere(bytes) === undefined && findMpegStream(bytes) !== undefined ? 'mp3' : undefined;
}

/** Whether a file that begins so is audio by all that can be told yet: its beginning may be a tag, which a picture makes long. */
export function mayBeAudio(beginning: Uint8Array): boolean {
  return isTagged(beginning) || sniffFormat(beginning) !== undefined;
}

/**
 * The media type of a file of `size` bytes that begins so, where every browser plays it; undefined for all that have to be decoded for them: au,
 * MPEG audio of the layers I and II or in a wav, wav of rarer kinds, and what is decoded elsewhere.
 */
export function browserMediaType(beginning: Uint8Array, size = beginning.length): string | undefined {
  const format = sniffFormat(beginning);
  if (format === 'flac') return 'audio/flac';
  if (format === 'ogg-vorbis' || format === 'ogg-flac') return 'audio/ogg';
  if (format === 'wav') return isCommonWav(beginning, size) ? 'audio/wav' : undefined;
  if (format !== 'mp3' || isWav(beginning)) return undefined;
  return findMpegStream(beginning)?.layer === 3 ? 'audio/mpeg' : undefined;
}

function isCommonWav(beginning: Uint8Array, size: number): boolean {
  try {
    const { encoding } = wavLayout(beginning, '', size);
    return textAt(beginning, 0, 4) === 'RIFF' && ['uint8', 'int16', 'int24', 'float32'].includes(encoding);
  } catch {
    return false;
  }
}

/** Whether the file is audio or video of a kind that other decoders read. */
export function isOtherMedia(bytes: Uint8Array): boolean {
  return isOgg(bytes) || knownElsewhere(bytes) !== undefined;
}

/** What a file that can't be decoded seems to be, for the error message. */
export function describeContent(bytes: Uint8Array): string {
  if (isOgg(bytes)) return `an Ogg file with ${oggCodec(bytes)} content`;
  const known = knownElsewhere(bytes);
  if (known !== undefined) return known;
  if (isText(bytes.subarray(0, 512))) return 'text (a failed download leaves such files)';
  return `of no known kind (it starts with the bytes ${Buffer.from(bytes.subarray(0, 8)).toString('hex')})`;
}

const ELSEWHERE: readonly { readonly offset: number; readonly mark: string; readonly name: string }[] = [
  { offset: 4, mark: 'ftypM4A', name: 'an M4A file (AAC or ALAC)' },
  { offset: 4, mark: 'ftyp', name: 'an MP4, M4A or QuickTime file' },
  { offset: 0, mark: '\x1aE\xdf\xa3', name: 'a Matroska or WebM file' },
  { offset: 8, mark: 'AVI ', name: 'an AVI video' },
  { offset: 0, mark: 'FLV', name: 'a Flash video' },
  { offset: 0, mark: '\0\0\x01\xba', name: 'an MPEG video' },
  { offset: 0, mark: '0&\xb2u\x8ef\xcf\x11', name: 'a Windows Media file (WMA or WMV)' },
  { offset: 8, mark: 'AIFF', name: 'an AIFF file' },
  { offset: 8, mark: 'AIFC', name: 'an AIFF-C file' },
  { offset: 0, mark: 'riff\x2e\x91\xcf\x11', name: 'a Sony Wave64 file' },
  { offset: 0, mark: 'NIST_1A', name: 'a NIST SPHERE file' },
  { offset: 0, mark: 'Creative Voice File', name: 'a Creative Voice file' },
  { offset: 0, mark: 'caff', name: 'a Core Audio file' },
  { offset: 0, mark: 'wvpk', name: 'a WavPack file' },
  { offset: 0, mark: 'MAC ', name: "a Monkey's Audio file" },
  { offset: 0, mark: 'MPCK', name: 'a Musepack file' },
  { offset: 0, mark: 'MP+', name: 'a Musepack file' },
  { offset: 0, mark: 'TTA1', name: 'a True Audio file' },
  { offset: 0, mark: 'DSD ', name: 'a DSD file' },
  { offset: 0, mark: 'FRM8', name: 'a DSD file' },
  { offset: 0, mark: '#!AMR', name: 'an AMR file' },
  { offset: 0, mark: '\x0b\x77', name: 'an AC-3 stream' },
  { offset: 0, mark: 'MThd', name: 'a MIDI file (notes, no sound)' },
  { offset: 0, mark: 'ADIF', name: 'a raw AAC stream' },
  { offset: 0, mark: '\xff\xf1', name: 'a raw AAC stream' },
  { offset: 0, mark: '\xff\xf9', name: 'a raw AAC stream' },
];

function isOgg(bytes: Uint8Array): boolean {
  return textAt(bytes, offsetAfterTags(bytes), 4) === 'OggS';
}

function knownElsewhere(bytes: Uint8Array): string | undefined {
  if (isFreeFormat(bytes)) return 'an mp3 of "free format" (no stated bit rate)';
  const starts = [0, offsetAfterTags(bytes)];
  return ELSEWHERE.find(({ offset, mark }) => starts.some((at) => textAt(bytes, at + offset, mark.length) === mark))
    ?.name;
}

function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
  try {
    // As a stream, because the head may end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
