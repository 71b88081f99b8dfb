import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import type { Storage, Tensor } from '../tensor.ts';
import type { PickleHost } from './calls.ts';
import { readPickle } from './pickle.ts';

const storage = { kind: 'storage' } as Storage;
const tensor = { kind: 'tensor' } as Tensor;
const host: PickleHost = { storage: () => storage, tensor: () => tensor };

/** The value of a pickle of protocol 2, written as the characters 0 … 255 after its PROTO and before its STOP. */
function unpickled(body: string): unknown {
  return readPickle('a.pt', Buffer.from(`\x80\x02${body}.`, 'latin1'), 0, host)!.value;
}

const short = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
const STORAGE_ID = `(${short('storage')}ctorch\nFloatStorage\n${short('0')}${short('cpu')}K\x04t`;
const ORDERED = 'ccollections\nOrderedDict\n)R';

describe('readPickle', () => {
  it.each<[string, string, unknown]>([
    ['None and booleans', '(N\x88\x89t', { kind: 'tuple', items: [null, true, false] }],
    ['small whole numbers', '](K\xffM\x01\x02J\xfe\xff\xff\xffe', [255, 513, -2]],
    ['long ones', '](\x8a\0\x8a\x01\xff\x8a\x08\0\0\0\0\0\0\0\x80\x8b\x02\0\0\0\0\x01e', [0, -1, -(2n ** 63n), 256]],
    ['a double', 'G\xbf\xf8\0\0\0\0\0\0', -1.5],
    ['texts', `](${short('a')}\x8c\x02\xc3\xa9U\x01be`, ['a', 'é', 'b']],
    ['bytes', 'C\x02\0\xff', Uint8Array.of(0, 255)],
    ['bytes of protocol 2', `c_codecs\nencode\n${short('\xc3\xbf')}${short('latin1')}\x86R`, Uint8Array.of(255)],
    [
      'a dictionary',
      `}(K\x01N${short('k')}K\x02u`,
      new Map<unknown, unknown>([
        [1, null],
        ['k', 2],
      ]),
    ],
    ['a key at a time', `}${short('k')}K\x02s`, new Map([['k', 2]])],
    ['a list at a time', ']K\x01aK\x02a', [1, 2]],
    [
      'tuples',
      '(K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87)l'.replace('l', 't'),
      {
        kind: 'tuple',
        items: [[1], [1, 2], [1, 2, 3], []].map((items) => ({ kind: 'tuple', items })),
      },
    ],
    ['what it remembers', '](]q\x05Nr\0\x01\0\0h\x05j\0\x01\0\0e', [[], null, [], null]],
    ['what it drops', 'N(NN10K\x07', 7],
    ['a state_dict with its metadata', `${ORDERED}}${short('_metadata')}}sb`, new Map()],
    ['a tensor', `ctorch._utils\n_rebuild_tensor_v2\n(${STORAGE_ID}QK\0))\x89${ORDERED}tR`, tensor],
    [
      'objects of other libraries, as their names',
      'cargparse\nNamespace\n)\x81}b',
      { kind: 'foreign', name: 'argparse.Namespace' },
    ],
  ])('reads %s', (_, body, expected) => expect(unpickled(body)).toEqual(expected));

  it.each<[string, string, RegExp]>([
    ['a function as a value', 'ctorch._utils\n_rebuild_tensor_v2\n', /holds a function/],
    ['a bare storage', `${STORAGE_ID}Q`, /bare storage/],
    [
      'a name that is like one of ours',
      'ctorch._utils\n_rebuild_tensor_v22\n',
      /names "torch\._utils\._rebuild_tensor_v22"/,
    ],
    ['a name split at another dot', `${short('torch')}${short('_utils._rebuild_tensor_v2')}\x93`, /names "torch/],
    ['a line that is no name', 'ctorch\xe9\nx\n', /has the name/],
    ['an endless name', `c${'a'.repeat(300)}\n\n`, /does not end/],
    ['a call of a value', 'N)R', /cannot be called/],
    ['a call of a storage type', 'ctorch\nFloatStorage\n)R', /cannot be called/],
    ['arguments that are a list', 'ccollections\nOrderedDict\n]R', /no tuple/],
    [
      'hooks of a tensor',
      `ctorch._utils\n_rebuild_tensor_v2\n(${STORAGE_ID}QK\0))\x89}K\x01K\x01stR`,
      /way that torch does not/,
    ],
    [
      'a conjugate view',
      `ctorch._utils\n_rebuild_tensor_v2\n(${STORAGE_ID}QK\0))\x89${ORDERED}}${short('conj')}\x88stR`,
      /metadata/,
    ],
    ['a whole module', `(${short('module')}NNNtQ`, /whole model was saved/],
    ['attributes of a plain dictionary', `}}${short('_metadata')}}sb`, /has none/],
    ['other attributes of a state_dict', `${ORDERED}}${short('__class__')}}sb`, /has none/],
    ['the same key twice', `}(${short('k')}N${short('k')}Nu`, /the key "k" twice/],
    ['the same tuple twice as a key', '}(K\x01K\x02\x86NK\x01K\x02\x86Nu', /twice/],
    ['a float as a key', '}G\0\0\0\0\0\0\0\0Ns', /key that is no text/],
    ['a value below a mark', 'N(0', /empty stack/],
    ['a mark left behind', 'N(', /empty stack|leaves values/],
    ['two values', 'NN', /leaves values behind/],
    ['a text that is not UTF-8', 'X\x01\0\0\0\xff', /not UTF-8/],
    ['a text outside Latin-1', `c_codecs\nencode\n${short('\xe6\x97\xa5')}${short('latin1')}\x86R`, /Latin-1/],
  ])('refuses %s', (_, body, message) => {
    expect(() => unpickled(body)).toThrow(DataError);
    expect(() => unpickled(body)).toThrow(message);
  });

  it('reads protocols 2 to 5', () => {
    for (let version = 0; version < 256; version++) {
      const read = () => readPickle('a.pt', Uint8Array.of(0x80, version, 0x4e, 0x2e), 0, host);
      if (version >= 2 && version <= 5) expect(read()).toEqual({ value: null, end: 4 });
      else expect(read).toThrow(`protocol ${version}; 2 to 5`);
    }
  });

  it('refuses all opcodes that it does not list, and never throws anything else', () => {
    const refused: number[] = [];
    for (let opcode = 0; opcode < 256; opcode++) {
      try {
        readPickle('a.pt', Uint8Array.of(0x80, 2, opcode), 0, host);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        if ((error as DataError).message.includes('has the opcode')) refused.push(opcode);
      }
    }
    // INST, OBJ, NEWOBJ_EX, EXT1, EXT2, EXT4 make objects in ways of their own; PERSID, INT, UNICODE … are of protocol 0.
    for (const opcode of [...Buffer.from('ioPILVSFdlg2'), 0x92, 0x82, 0x83, 0x84, 0x96, 0x97, 0x98])
      expect(refused).toContain(opcode);
    expect(refused).toHaveLength(256 - 44);
  });

  it('asks for more where the bytes end, at any place', () => {
    const whole = Buffer.from(
      `\x80\x02}(${short('key')}G\0\0\0\0\0\0\0\0K\x01\x8a\x02\x01\x02ctorch\nSize\nK\x02\x85\x85R`,
      'latin1',
    );
    for (let length = 0; length <= whole.length; length++) {
      expect(readPickle('a.pt', whole.subarray(0, length), 0, host)).toBeUndefined();
    }
  });

  it('says where the pickle ends', () => {
    const bytes = Buffer.from('xx\x80\x02N.yy', 'latin1');
    expect(readPickle('a.pt', bytes, 2, host)).toEqual({ value: null, end: 6 });
  });
});
