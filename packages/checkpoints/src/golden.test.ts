import { DataError } from '@refrain/core';
import { describeWithData, processorSeconds, testDataJson, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { stateDict } from './stateDict.ts';
import { readTensor } from './tensor.ts';
import { type CheckpointValue, isTensor } from './value.ts';

/** What the manifest says of a value: plain JSON, or an object with one of these keys. */
type Content = null | boolean | number | string | readonly number[] | ContentObject;

interface ContentObject {
  readonly dict?: readonly (readonly [Content, Content])[];
  readonly list?: readonly Content[];
  readonly tuple?: readonly Content[];
  readonly bytes_hex?: string;
  readonly bigint?: string;
  readonly tensor?: string;
  readonly shape?: readonly number[];
  readonly values?: readonly (number | string)[];
  readonly state_dict?: ContentObject;
  readonly w?: ContentObject;
  readonly w_only?: ContentObject;
}

interface Case {
  readonly file: string;
  readonly expect: string;
  readonly content?: ContentObject;
}

describeWithData('golden/checkpoint', 'golden checkpoints', () => {
  const cases = testDataJson<Case[]>('golden', 'checkpoint', 'manifest.json');
  const path = (file: string) => testDataPath('golden', 'checkpoint', file);
  const isValues = ({ expect }: Case) => expect === 'values';
  const isRefused = ({ expect }: Case) => expect === 'refuse';

  it('are 172, of which 121 have to be refused', () => {
    expect(cases).toHaveLength(172);
    expect(cases.filter(isRefused)).toHaveLength(121);
  });

  describe('gives the values of', () => {
    for (const { file, content } of cases.filter(isValues)) {
      it(file, async () => {
        const { value } = await readCheckpoint(path(file));
        expect(await contentOf(value)).toEqual(exactly(content!));
      });
    }
  });

  describe('refuses', () => {
    for (const { file } of cases.filter(isRefused)) {
      it(file, async () => {
        let error: unknown;
        const seconds = await processorSeconds(async () => {
          error = await readWhole(path(file)).then(
            () => undefined,
            (reason: unknown) => reason,
          );
        });
        expect(seconds).toBeLessThan(1);
        expect(error).toBeInstanceOf(DataError);
        const { message, source } = error as DataError;
        expect(source).toBe(path(file));
        expect(message).toMatch(/^\/.*: [^{}]+\.$/s);
        expect(message.length).toBeLessThan(600);
      });
    }
  });

  describe('gives nothing wrong of', () => {
    const others = cases.filter((one) => !isValues(one) && !isRefused(one));

    for (const { file, content } of others) {
      it(file, async () => {
        const check = OTHERS[file];
        if (check === undefined) await expect(readWhole(path(file))).rejects.toThrow(DataError);
        else await check((await readCheckpoint(path(file))).value as Map<string, CheckpointValue>, content!);
      });
    }

    it('reads the kinds that occur', () => {
      expect(others.filter(({ file }) => OTHERS[file] !== undefined)).toHaveLength(Object.keys(OTHERS).length);
    });
  });

  it('says in plain words what is wrong', async () => {
    for (const [file, words] of Object.entries(WORDS)) await expect(readWhole(path(file))).rejects.toThrow(words);
  });

  it('leaves prototypes alone', async () => {
    await readCheckpoint(path('hand_proto_keys.pt'));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { w?: unknown }).w).toBeUndefined();
  });
});

type Check = (value: Map<string, CheckpointValue>, content: ContentObject) => Promise<void>;

const same = async (value: CheckpointValue | undefined, content: Content | undefined) =>
  expect(await contentOf(value!)).toEqual(exactly(content!));

const sameStateDict: Check = async (value, { state_dict: expected }) => same(value.get('state_dict'), expected);

/** Of the files that may be read or refused, those that are read, and how they are checked. */
const OTHERS: Readonly<Record<string, Check>> = {
  'lightning_class_key.ckpt': sameStateDict,
  'lightning_attributedict.ckpt': sameStateDict,
  'lightning_namespace.ckpt': sameStateDict,
  'numpy_scalar_inside.ckpt': sameStateDict,
  'torch_size_dtype_device.pt': async (value, { w }) => {
    await same(value.get('w'), w);
    expect(value.get('size')).toEqual({ kind: 'tuple', items: [2, 3] });
  },
  'hand_no_version.pt': same,
  'hand_rebuild_v1.pt': same,
  'hand_proto_keys.pt': same,
  'hand_cycle.pt': async (value, { w_only: w }) => {
    await same(value.get('w'), w);
    const loop = value.get('loop') as CheckpointValue[];
    expect(loop.includes(loop)).toBe(true);
  },
  'bomb_list_doubling_60.pt': async (value, { dict }) => same(value.get('w'), dict![0]![1]),
};

const WORDS: Readonly<Record<string, RegExp>> = {
  'bad_builtins_eval.pt':
    /names "builtins\.eval", which weights and plain values have no use for\. Nothing of it was run/,
  'bad_text_file.pt': /Git LFS pointer/,
  'bad_html_file.pt': /web page/,
  'bad_empty_file.pt': /is empty/,
  'bad_plain_pickle.pkl': /names "os\.system"/,
  'whole_module.pt': /torch\.save\(model\.state_dict\(\), path\)/,
  'torchscript.pt': /TorchScript/,
  'sparse_tensor.pt': /"torch\._utils\._rebuild_sparse_tensor", a kind of tensor/,
  'bad_zip_crc.pt': /"archive\/data\/0" is damaged: its CRC-32 does not fit/,
  'bad_zip_encrypted_flag.pt': /is encrypted/,
  'hand_deflated.pt': /is compressed \(method 8\)/,
  'bad_numel_2_40.pt': /has 16 bytes, but 1099511627776 elements of float32 take/,
  'bad_offset_past_end.pt': /reaches past its storage of 4 elements/,
  'bad_expanded_2_40.pt': /1099511627776 elements of float32/,
  'bomb_many_expanded.pt': /its tensors claim more than/,
  'bad_pickle_top_level_not_dict.pt': /holds the number 7, not the named tensors/,
  'bad_deep_nesting_100000.pt': /more than 100 levels deep/,
};

/** All that a file gives as a set of weights, every value read. */
async function readWhole(path: string): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(path);
  for (const tensor of stateDict(checkpoint).tensors.values()) await readTensor(tensor);
  return checkpoint;
}

/** A value as the manifest would write it. */
async function contentOf(value: CheckpointValue): Promise<unknown> {
  if (isTensor(value)) {
    const values = Array.from((await readTensor(value)) as ArrayLike<unknown>);
    return { tensor: value.dtype, shape: value.shape, values };
  }
  if (Array.isArray(value)) return { list: await Promise.all(value.map(contentOf)) };
  if (value instanceof Map) {
    const items = [...value].map(async ([key, item]) => [await contentOf(key), await contentOf(item)]);
    return { dict: await Promise.all(items) };
  }
  if (value instanceof Uint8Array) return { bytes_hex: Buffer.from(value).toString('hex') };
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  return value.kind === 'tuple' ? { tuple: await Promise.all(value.items.map(contentOf)) } : value;
}

// The manifest has int64 as decimal strings, booleans as such, and what is no JSON number as its name.
function exactly(content: Content): unknown {
  if (typeof content === 'string')
    return ['Infinity', '-Infinity', 'NaN'].includes(content) ? Number(content) : content;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  const { dict, list, tuple, tensor, shape, values } = content as ContentObject;
  if (dict !== undefined) return { dict: dict.map(([key, value]) => [exactly(key), exactly(value)]) };
  if (list !== undefined) return { list: list.map(exactly) };
  if (tuple !== undefined) return { tuple: tuple.map(exactly) };
  if (tensor === undefined) return content;
  const value = (written: number | string) => (tensor === 'int64' ? BigInt(written) : Number(written));
  return { tensor, shape, values: values!.map(value) };
}
