import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DataError } from '@refrain/core';
import { describeWithData, processorSeconds, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { memorySource } from './byteSource.ts';
import { readCheckpoint } from './checkpoint.ts';
import { stateDict } from './stateDict.ts';
import { readTensor } from './tensor.ts';

const HEADER = 2 ** 24;
// The three pickles that come first: torch's magic number, 1001, {'little_endian': True}.
const HEAD = Buffer.from('gAKKCmz8nEb5IGqoUBkugAJN6QMugAJ9WA0AAABsaXR0bGVfZW5kaWFuiHMu', 'base64');

/** A file of the legacy format whose value is made by `unit`, again and again, as long as a header may be. */
function repeated(unit: string, before = ''): Uint8Array {
  const start = Buffer.concat([HEAD, Buffer.from(`\x80\x04${before}`, 'latin1')]);
  return Buffer.concat([start, Buffer.alloc(HEADER, Buffer.from(unit, 'latin1'))]);
}

function safetensors(text: Buffer): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}

const json = (before: string, unit: string) =>
  safetensors(Buffer.concat([Buffer.from(before), Buffer.alloc(HEADER - 99, unit)]));

/** A zip archive with as many entries as fit into a directory of full size. */
function manyEntries(): Uint8Array {
  const count = 250_000;
  const entry = Buffer.alloc(46 + 20);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(20, 28);
  const directory = Buffer.alloc(entry.length * count, entry);
  for (let i = 0; i < count; i++)
    directory.write(`archive/data/${String(i).padStart(7, '0')}`, i * entry.length + 46, 'latin1');
  const start = Buffer.from(`PK\x03\x04${'\0'.repeat(100)}`, 'latin1');
  const end = Buffer.alloc(56 + 20 + 22, 0);
  end.writeUInt32LE(0x06064b50);
  end.writeBigUInt64LE(44n, 4);
  for (const field of [24, 32]) end.writeBigUInt64LE(BigInt(count), field);
  end.writeBigUInt64LE(BigInt(directory.length), 40);
  end.writeBigUInt64LE(BigInt(start.length), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(start.length + directory.length), 64);
  end.writeUInt32LE(0x06054b50, 76);
  for (const field of [84, 86]) end.writeUInt16LE(0xffff, field);
  for (const field of [88, 92]) end.writeUInt32LE(0xffffffff, field);
  return Buffer.concat([start, directory, end]);
}

const HOSTILE: Readonly<Record<string, () => Uint8Array>> = {
  'None for ever': () => repeated('N'),
  'doubles for ever': () => repeated('G\0\0\0\0\0\0\0\0'),
  'empty dictionaries': () => repeated('}'),
  'empty lists': () => repeated(']'),
  'empty tuples': () => repeated(')'),
  'tuples in tuples': () => repeated('\x85', 'N'),
  marks: () => repeated('('),
  'one value remembered again and again': () => repeated('\x94', 'N'),
  OrderedDicts: () => repeated('ccollections\nOrderedDict\n)R0'),
  'short texts': () => repeated('\x8c\x01a0'),
  'long texts': () => repeated(`X\xff\xff\x0f\0${'a'.repeat(0xfffff)}`),
  'one text, recalled': () => repeated('h\0', `X\0\0\x10\0${'a'.repeat(0x100000)}q\0`),
  'a text encoded again and again': () =>
    repeated(
      'h\x01h\0h\x02\x86R0',
      `X\0\0\x10\0${'a'.repeat(0x100000)}q\0c_codecs\nencode\nq\x01X\x06\0\0\0latin1q\x02`,
    ),
  'long tuples as keys': () => repeated('h\0Ns', `(${'X\xff\0\0\0'.concat('a'.repeat(255)).repeat(16)}tq\0}`),
  'a list appended to itself': () => repeated('h\0a', ']q\0'),
  'long whole numbers': () => repeated('\x8a\x08\0\0\0\0\0\0\0\x7f'),
  'popping values': () => repeated('N0'),
  'JSON lists in lists': () => json('{"a":', '['),
  'JSON objects in objects': () => json('{', '"a":{'),
  'JSON objects side by side': () => json('{"a":', '{},'),
  'JSON numbers': () => json('{"a":[', '0,'),
  'JSON escapes': () => json('{"', '\\u0000'),
  'one long JSON text': () => json('{"', 'a'),
  'JSON blanks': () => json('{', ' '),
  'zip entries': manyEntries,
};

const MIB = 2 ** 20;
const mostUsed = () => (process.resourceUsage().maxRSS * 1024) / MIB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

// The most that the process ever had only grows, and vitest runs each file in a process of its own: the small ones come first.
describeWithData('golden/checkpoint', 'the golden files that have to be refused', () => {
  it('take less than 200 MiB together', async () => {
    const before = mostUsed();
    for (const { file, expect: rule } of testDataJson<{ file: string; expect: string }[]>(
      'golden',
      'checkpoint',
      'manifest.json',
    )) {
      if (rule === 'refuse') await readWhole(testDataPath('golden', 'checkpoint', file)).catch(() => {});
    }
    expect(mostUsed() - before).toBeLessThan(200);
  });
});

describe('hostile headers of the full size', () => {
  const before = mostUsed();

  for (const [name, make] of Object.entries(HOSTILE)) {
    it(`are refused in bounded time and memory: ${name}`, async () => {
      const source = memorySource('hostile', make());
      // What is left of the one before is no part of this one.
      collectGarbage();
      expect(await processorSeconds(() => expect(readCheckpoint(source)).rejects.toThrow(DataError))).toBeLessThan(4);
      expect(mostUsed() - before).toBeLessThan(400);
    });
  }
});

async function readWhole(path: string): Promise<void> {
  for (const tensor of stateDict(await readCheckpoint(path)).tensors.values()) await readTensor(tensor);
}
