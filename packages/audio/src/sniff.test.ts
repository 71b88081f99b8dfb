import { seededRandom } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageChecksum } from './ogg.ts';
import { browserMediaType, describeContent, sniffFormat } from './sniff.ts';
import { encodeWav } from './wav.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** A first Ogg page with one packet that starts with `mark`. */
function oggPage(mark: string): Uint8Array {
  const header = new Uint8Array(28);
  header.set(latin1('OggS\0\x02'));
  header.set([1, 30], 26);
  const page = latin1(Buffer.from(header).toString('latin1') + mark.padEnd(30, '\0'));
  new DataView(page.buffer).setUint32(22, pageChecksum(page, 0, page.length), true);
  return page;
}

/** An mp3 of silent frames: MPEG 1 layer III, 128 kbit/s, 44.1 kHz, so 417 bytes each. */
function silentFrames(count: number): string {
  return `\xff\xfb\x90\x00${'\0'.repeat(413)}`.repeat(count);
}

const id3 = (size: number) =>
  `ID3\x04\0\0${String.fromCharCode((size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127)}`;

describe('sniffFormat', () => {
  it.each([
    ['wav', 'RIFF\0\0\0\0WAVEfmt '],
    ['wav', 'RIFX\0\0\0\0WAVEfmt '],
    ['au', '.snd\0\0\0\x18'],
    ['flac', 'fLaC\0\0\0\x22'],
    ['flac', `${id3(300)}${'t'.repeat(300)}fLaC\0\0\0\x22`],
    ['mp3', silentFrames(2)],
    ['mp3', `${id3(300)}${'t'.repeat(300)}${silentFrames(2)}`],
    ['mp3', `${id3(300)}${'t'.repeat(300)}${'\0'.repeat(999)}${silentFrames(2)}`],
    ['mp3', `${id3(9_999_999)}${silentFrames(3)}`],
    ['mp3', '\xff\xfd\x80\x00'.padEnd(417, '\0').repeat(2)],
    ['mp3', `cut out of a stream ${silentFrames(3)}`],
  ])('%s', (format, content) => {
    expect(sniffFormat(latin1(content))).toBe(format);
  });

  it('tells Vorbis from other codecs in Ogg', () => {
    expect(sniffFormat(oggPage('\x01vorbis'))).toBe('ogg-vorbis');
    expect(sniffFormat(oggPage('OpusHead'))).toBeUndefined();
    expect(describeContent(oggPage('OpusHead'))).toContain('Opus');
    expect(describeContent(oggPage('\x7fFLAC'))).toContain('an Ogg file with FLAC');
  });

  it.each([
    ['nothing', ''],
    ['text', 'These are words, not sounds.'.repeat(50)],
    ['one frame', silentFrames(1)],
    ['frames that are not where the header says', `${silentFrames(1)}x`.repeat(9)],
    ['a RIFF that is no wav', `RIFF\0\0\0\0AVI ${silentFrames(3)}`],
  ])('%s is no audio', (_, content) => {
    expect(sniffFormat(latin1(content))).toBeUndefined();
  });

  it('never takes random bytes for audio', () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = seededRandom(seed);
      const bytes = Uint8Array.from({ length: 80_000 }, () => random.integer(256));
      expect(sniffFormat(bytes)).toBeUndefined();
    }
  });

  it('takes any bytes without an error', () => {
    const marks = fc.constantFrom('ID3', 'OggS', 'fLaC', 'RIFF', '.snd', '\xff\xfb\x90', '');
    fc.assert(
      fc.property(marks, fc.uint8Array({ maxLength: 200 }), (mark, rest) => {
        const bytes = new Uint8Array([...latin1(mark), ...rest]);
        sniffFormat(bytes);
        expect(describeContent(bytes)).not.toBe('');
      }),
    );
  });
});

describe('describeContent', () => {
  it.each([
    ['M4A', '\0\0\0\x20ftypM4A '],
    ['MP4', '\0\0\0\x20ftypisom'],
    ['Matroska', '\x1aE\xdf\xa3'],
    ['AIFF', 'FORM\0\0\0\0AIFFCOMM'],
    ['AIFF-C', 'FORM\0\0\0\0AIFCFVER'],
    ['Wave64', 'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb'],
    ['SPHERE', 'NIST_1A\n   1024\n'],
    ['AAC', `${id3(300)}${'t'.repeat(300)}\xff\xf1\x50\x80`],
    ['text', '<html>Not found</html>'],
    ['text', Buffer.from('größer als die Datei'.repeat(40)).toString('latin1')],
    ['deadbeef', '\xde\xad\xbe\xef'],
  ])('names %s', (name, content) => {
    expect(describeContent(latin1(content))).toContain(name);
  });
});

describe('browserMediaType', () => {
  /** A wav of 16 bits with another format tag and width in its header. */
  const wav = (tag: number, bits: number, id = 'RIFF') => {
    const bytes = Buffer.from(encodeWav({ samples: new Float32Array(12), sampleRate: 8000 }));
    bytes.write(id, 0);
    bytes.writeUInt16LE(tag, 20);
    bytes.writeUInt16LE(bits / 8, 32);
    bytes.writeUInt16LE(bits, 34);
    return bytes.toString('latin1');
  };

  it.each([
    ['audio/mpeg', 'mp3', silentFrames(2)],
    ['audio/mpeg', 'mp3 behind a tag', `${id3(300)}${'t'.repeat(300)}${silentFrames(2)}`],
    [undefined, 'MPEG layer II', '\xff\xfd\x80\x00'.padEnd(417, '\0').repeat(2)],
    ['audio/flac', 'flac', 'fLaC\0\0\0\x22'],
    ['audio/ogg', 'Vorbis', Buffer.from(oggPage('\x01vorbis')).toString('latin1')],
    [undefined, 'Opus', Buffer.from(oggPage('OpusHead')).toString('latin1')],
    ['audio/wav', 'wav of 16 bits', wav(1, 16)],
    ['audio/wav', 'wav of 24 bits', wav(1, 24)],
    ['audio/wav', 'wav of 32-bit float', wav(3, 32)],
    [undefined, 'wav of 64-bit float', wav(3, 64)],
    [undefined, 'wav of ADPCM', wav(2, 16)],
    [undefined, 'big-endian wav', wav(1, 16, 'RIFX')],
    [undefined, 'au', '.snd\0\0\0\x18'],
    [undefined, 'AIFF', 'FORM\0\0\0\0AIFF'],
    [undefined, 'HTML', '<!doctype html><script>alert(1)</script>'],
    [undefined, 'nothing', ''],
  ])('is %s for %s', (type, _, content) => {
    expect(browserMediaType(latin1(content))).toBe(type);
  });

  it('needs only the beginning of a file', () => {
    expect(browserMediaType(latin1(wav(1, 16)).subarray(0, 44), 2 ** 31)).toBe('audio/wav');
  });
});
