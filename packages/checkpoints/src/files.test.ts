import { readFileSync } from 'node:fs';
import { describeWithData, testDataJson, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { memorySource } from './byteSource.ts';
import { readCheckpoint } from './checkpoint.ts';
import { stateDict } from './stateDict.ts';
import { asFloat32, readTensor, type Tensor } from './tensor.ts';

const tensorsAt = async (...path: string[]) => stateDict(await readCheckpoint(testDataPath(...path))).tensors;

async function valuesOf(tensors: ReadonlyMap<string, Tensor>, name: string): Promise<number[]> {
  return Array.from((await readTensor(tensors.get(name)!)) as ArrayLike<number | bigint>, Number);
}

describeWithData('encoders/clmr-open', 'small tensors of every kind', () => {
  const expected = testDataJson<Record<string, { dtype: string; shape: number[]; values: number[] }>>(
    'encoders',
    'clmr-open',
    'fixture.json',
  );
  const formats = { 'fixture-zip.pt': 'torch-zip', 'fixture-legacy.pt': 'torch-legacy' };

  for (const [file, format] of Object.entries(formats)) {
    it(`are the same in ${file}`, async () => {
      const checkpoint = await readCheckpoint(testDataPath('encoders', 'clmr-open', file));
      expect(checkpoint.format).toBe(format);
      const { tensors } = stateDict(checkpoint);
      expect([...tensors.keys()]).toEqual(Object.keys(expected));
      for (const [name, { dtype, shape, values }] of Object.entries(expected)) {
        expect(tensors.get(name)).toMatchObject({ dtype, shape });
        expect(await valuesOf(tensors, name)).toEqual(values);
      }
    });
  }
});

describeWithData('encoders/clmr-open', 'a SampleCNN in three formats', () => {
  const read = async (file: string) => readCheckpoint(testDataPath('encoders', 'clmr-open', file));

  it('has the same 77 encoder tensors', async () => {
    const [plain, lightning, safe] = await Promise.all(
      ['clmr-open.pt', 'clmr-open.ckpt', 'clmr-open.safetensors'].map(
        async (file) => stateDict(await read(file)).tensors,
      ),
    );
    const names = [...plain!.keys()].filter((name) => name.startsWith('encoder.'));
    expect(names).toHaveLength(77);
    expect([...safe!.keys()].sort()).toEqual(names.sort());
    for (const name of names) {
      const tensor = plain!.get(name)!;
      const values = await readTensor(tensor);
      for (const other of [lightning!.get(name)!, lightning!.get(`model.${name}`)!, safe!.get(name)!]) {
        expect(other).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
        expect(Buffer.from((await readTensor(other)).buffer).equals(Buffer.from(values.buffer))).toBe(true);
      }
    }
    expect(plain!.get('encoder.sequential.0.0.weight')!.shape).toEqual([128, 1, 3]);
    expect(await valuesOf(safe!, 'encoder.sequential.0.1.num_batches_tracked')).toEqual([1025]);
  });

  it('reads no more of a file than was asked for', async () => {
    for (const file of ['clmr-open.pt', 'clmr-open.safetensors']) {
      const source = memorySource(file, readFileSync(testDataPath('encoders', 'clmr-open', file)));
      let bytes = 0;
      const read = (offset: number, length: number) => {
        bytes += length;
        return source.read(offset, length);
      };
      const { tensors } = stateDict(await readCheckpoint({ ...source, read }));
      await readTensor(tensors.get('encoder.sequential.0.0.weight')!);
      // The header, 1.5 kB of weights and two blocks of 64 kB in search of the directory, of 10 MB.
      expect(bytes).toBeLessThan(200_000);
    }
  });

  it('says which one Lightning wrote, and shares its storages', async () => {
    const lightning = await read('clmr-open.ckpt');
    const { tensors, lightningVersion } = stateDict(lightning);
    expect(lightningVersion).toMatch(/^\d+\.\d+/);
    const name = 'encoder.sequential.0.0.weight';
    expect(tensors.get(name)!.storage).toBe(tensors.get(`model.${name}`)!.storage);
    expect(stateDict(await read('clmr-open.pt'))).not.toHaveProperty('lightningVersion');
  });
});

describeWithData('encoders', 'MusiCNN in the format of old', () => {
  it('has the layers of its paper', async () => {
    const checkpoint = await readCheckpoint(testDataPath('encoders', 'mtat-musicnn.pth'));
    expect(checkpoint.format).toBe('torch-legacy');
    const { tensors } = stateDict(checkpoint);
    // The outputs of mtat-musicnn.onnx: 200 numbers of the last hidden layer, 50 tags; 96 mel bands of a 512-point transform.
    expect(tensors.get('dense1.weight')!.shape).toEqual([200, 1506]);
    expect(tensors.get('dense2.weight')!.shape).toEqual([50, 200]);
    expect(tensors.get('spec.mel_scale.fb')!.shape).toEqual([257, 96]);
    // A periodic Hann window is 0 at its beginning and 1 in its middle.
    const window = await asFloat32(tensors.get('spec.spectrogram.window')!);
    expect([window.length, window[0], window[128], window[256]]).toEqual([512, 0, 0.5, 1]);
    for (const tensor of tensors.values()) {
      expect((await readTensor(tensor)).every((value: number | bigint) => Number.isFinite(Number(value)))).toBe(true);
    }
  });
});

describeWithData('seed-runs', 'heads of a linear probe', () => {
  it('of CLMR have the known values', async () => {
    const { tensors, lightningVersion } = stateDict(
      await readCheckpoint(testDataPath('seed-runs', 'finetuner_checkpoint_200.pt')),
    );
    const [weight, bias] = [...tensors.values()];
    expect([weight!.shape, bias!.shape]).toEqual([[50, 512], [50]]);
    // As facts/clmr.md, section 2.5, has them, with eight digits; float32 has a little more than seven.
    const known = new Map([
      [bias!, [-0.21962714, -0.19322635, -0.2592058, -0.33989337]],
      [weight!, [-0.02291881, -0.01953799, 0.0957737]],
    ]);
    for (const [tensor, printed] of known) {
      const values = await asFloat32(tensor);
      for (const [i, value] of printed.entries()) expect(values[i]).toBeCloseTo(value, 7);
    }
    expect(lightningVersion).toBeUndefined();
  });

  it('trained on a pruned set have the same shape', async () => {
    const tensors = await tensorsAt('seed-runs', 'pruned_finetuner.pt');
    expect([...tensors.values()].map(({ shape }) => shape)).toEqual([[50, 512], [50]]);
  });
});
