import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { describeWithData, testDataPath } from '../testing/testData.ts';
import { readNpy } from './read.ts';
import { npyStringBytes, readNpyStrings } from './strings.ts';

/** A file of version 1.0 with this descriptor and shape, and `data` after its header. */
async function npyFile(descriptor: string, shape: string, data: Uint8Array): Promise<string> {
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-npy-')), 'texts.npy');
  await writeFile(
    path,
    Buffer.concat([Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(text.length)}\0${text}`, 'latin1'), data]),
  );
  return path;
}

describeWithData('golden/npy', 'texts of the golden set', () => {
  it('are read', async () => {
    expect(await readNpyStrings(testDataPath('golden', 'npy', 'unicode_U2.npy'))).toEqual({
      width: 2,
      values: ['ab', 'é'],
    });
  });

  it.each(['object_dtype.npy', 'object_dtype_evil_pickle.npy'])(
    'are refused as a pickle, with the way out: %s',
    async (name) => {
      const path = testDataPath('golden', 'npy', name);
      await expect(readNpyStrings(path)).rejects.toThrow(
        /pickles, which are never run.*allow_pickle=True\)\.astype\(str\)/,
      );
      await expect(readNpy(path)).rejects.toThrow(/pickles, which are never run/);
    },
  );

  it.each(['string_S3.npy', 'c_le_f4.npy', 'truncated_in_header.npy', 'zero_bytes.npy'])(
    'are not in %s',
    async (name) => {
      await expect(readNpyStrings(testDataPath('golden', 'npy', name))).rejects.toThrow(DataError);
    },
  );

  it('are no numbers', async () => {
    await expect(readNpy(testDataPath('golden', 'npy', 'unicode_U2.npy'))).rejects.toThrow(
      /"<U2" is refused: only numbers/,
    );
  });
});

describeWithData('mtt/minz', 'the lists of a MagnaTagATune split', () => {
  it('are the same bytes when they are written again', async () => {
    const path = testDataPath('mtt', 'minz', 'valid.npy');
    const strings = await readNpyStrings(path);
    expect(strings.width).toBe(157);
    expect(strings.values).toHaveLength(1529);
    expect(strings.values[0]).toBe('5\tc/lvx_nova-lvx_nova-01-contimune-30-59.mp3');
    expect(Buffer.compare(npyStringBytes(strings), await readFile(path))).toBe(0);
  });
});

describe('texts in .npy', () => {
  it('may be big-endian, hold any character, and zeros within', async () => {
    const data = Buffer.alloc(16);
    [...'a\0b𝄞'].forEach((character, i) => void data.writeUInt32BE(character.codePointAt(0)!, 4 * i));
    expect(await readNpyStrings(await npyFile('>U4', '(1,)', data))).toEqual({ width: 4, values: ['a\0b𝄞'] });
  });

  it('may be none', async () => {
    expect((await readNpyStrings(await npyFile('<U5', '(0,)', new Uint8Array()))).values).toEqual([]);
  });

  it.each<[string, string, string, number[], RegExp]>([
    ['a list that is cut', '<U2', '(2,)', [97, 98, 99], /is cut: its header promises/],
    ['one that claims terabytes', '<U999999999', '(999999999,)', [97], /is cut|too large/],
    ['a table', '<U1', '(1, 1)', [97], /expected a list of texts, found shape \(1, 1\)/],
    ['no room for characters', '<U0', '(5,)', [], /dtype "<U0" is refused/],
    ['half of a surrogate pair', '<U1', '(1,)', [0xd834], /0xd834, which is no character/],
    ['what is no character', '<U1', '(1,)', [0x110000], /0x110000, which is no character/],
  ])('are refused: %s', async (_, descriptor, shape, codes, message) => {
    const path = await npyFile(descriptor, shape, new Uint8Array(Uint32Array.from(codes).buffer));
    await expect(readNpyStrings(path)).rejects.toThrow(message);
  });

  it('are not cut to fit', () => {
    expect(() => npyStringBytes({ width: 2, values: ['abc'] })).toThrow(RangeError);
  });
});
