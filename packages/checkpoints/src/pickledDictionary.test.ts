import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { memorySource } from './byteSource.ts';
import { readPickledDictionary } from './pickledDictionary.ts';

const read = (bytes: Uint8Array) => readPickledDictionary(memorySource('ids.pkl', bytes));
const base64 = (text: string) => Buffer.from(text, 'base64');
const latin1 = (text: string) => Buffer.from(text, 'latin1');

// pickle.dumps({'TRAAAAA128F42669A4': '1234567', 'TRB': '8'}, protocol) of Python 3.11.
const DUMPS: readonly (readonly [number, string])[] = [
  [2, 'gAJ9cQAoWBIAAABUUkFBQUFBMTI4RjQyNjY5QTRxAVgHAAAAMTIzNDU2N3ECWAMAAABUUkJxA1gBAAAAOHEEdS4='],
  [3, 'gAN9cQAoWBIAAABUUkFBQUFBMTI4RjQyNjY5QTRxAVgHAAAAMTIzNDU2N3ECWAMAAABUUkJxA1gBAAAAOHEEdS4='],
  [4, 'gASVLgAAAAAAAAB9lCiMElRSQUFBQUExMjhGNDI2NjlBNJSMBzEyMzQ1NjeUjANUUkKUjAE4lHUu'],
  [5, 'gAWVLgAAAAAAAAB9lCiMElRSQUFBQUExMjhGNDI2NjlBNJSMBzEyMzQ1NjeUjANUUkKUjAE4lHUu'],
];

describe('a pickled dictionary', () => {
  it.each(DUMPS)('is read from protocol %i', async (_, dump) => {
    expect([...(await read(base64(dump)))]).toEqual([
      ['TRAAAAA128F42669A4', '1234567'],
      ['TRB', '8'],
    ]);
  });

  it('of Python 2, and with whole numbers, is read from a file', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'refrain-pickle-')), 'ids.pkl');
    await writeFile(path, latin1('\x80\x02}q\0(U\x03TRAq\x01U\x0212q\x02U\x03TRBK\x07u.'));
    expect([...(await readPickledDictionary(path))]).toEqual([
      ['TRA', '12'],
      ['TRB', '7'],
    ]);
  });

  it('may have more entries than a model has weights', async () => {
    const count = 300_000;
    const entries = Array.from(
      { length: count },
      (_, i) => `\x8c\x12TR${String(i).padStart(16, '0')}\x94\x8c\x071234567\x94`,
    );
    const dictionary = await read(latin1(`\x80\x04}\x94(${entries.join('')}u.`));
    expect(dictionary.size).toBe(count);
    expect(dictionary.get('TR0000000000299999')).toBe('1234567');
  });

  it('that would run a command is refused, and nothing is run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-pickle-'));
    const command = `touch ${join(folder, 'run')}`;
    const call = `cposix\nsystem\nX${String.fromCharCode(command.length)}\0\0\0${command}\x85R`;
    for (const value of [call, `](${call}e`, `}U\x01k${call}s`]) {
      await expect(read(latin1(`\x80\x02}(U\x03TRA${value}u.`))).rejects.toThrow(
        /ids\.pkl: its pickle names "posix\.system".*Nothing of it was run/,
      );
    }
    expect(existsSync(join(folder, 'run'))).toBe(false);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['protocol 0', latin1("(dp0\nS'TRA'\np1\nS'12'\np2\ns."), /protocol 2 to 5.*json\.dump/],
    ['nothing', new Uint8Array(), /ends within its pickle/],
    ['half a pickle', base64(DUMPS[0]![1]).subarray(0, 40), /ends within its pickle/],
    ['bytes after it', latin1('\x80\x02}.x'), /1 bytes after its pickle/],
    ['a list', latin1('\x80\x02].'), /holds a list of 0, expected a dictionary/],
    ['numbers as keys', latin1('\x80\x02}K\x01U\x01as.'), /has a text for the number 1/],
    ['lists as values', latin1('\x80\x02}U\x01a]s.'), /has a list of 0 for a text/],
    ['fractions as values', latin1('\x80\x02}U\x01aG?\xf8\0\0\0\0\0\0s.'), /has the number 1\.5 for a text/],
    ['the same key twice', latin1('\x80\x02}(U\x01aU\x01bU\x01aU\x01cu.'), /the key "a" twice/],
    ['a tensor', latin1('\x80\x02}U\x01a(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQs.'), /has a tensor/],
    [
      'an object of another library',
      latin1('\x80\x02}U\x01acargparse\nNamespace\n)\x81s.'),
      /an object of argparse\.Namespace/,
    ],
    ['a bomb of values', latin1(`\x80\x02(${'}'.repeat(2 ** 21)}1}.`), /makes more values/],
  ])('is refused: %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(DataError);
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('of more bytes than are read is refused before memory is taken', async () => {
    const source = {
      name: 'ids.pkl',
      size: 2 ** 27 + 1,
      read: () => Promise.reject(new Error('read all the same')),
    };
    await expect(readPickledDictionary(source)).rejects.toThrow(/134217729 bytes/);
  });
});
