import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, seededRandom } from '@refrain/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGraphModel } from './graphModel.ts';
import { readTensor } from './tensor.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-graph-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** y = x + b, with b = [1, 2] and a list of two axes that nothing takes; the weights lie in two files, cut inside of b. */
const model = () => ({
  format: 'graph-model',
  signature: { inputs: { wave: { name: 'x:0' } }, outputs: { sum: { name: 'y:0' } } },
  modelTopology: {
    node: [
      { name: 'y', op: 'AddV2', input: ['x', 'b:0'], attr: { T: { type: 'DT_FLOAT' } } as object },
      { name: 'b', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' }, value: { tensor: { dtype: 'DT_FLOAT' } } } },
      { name: 'x', op: 'Placeholder', attr: { shape: { shape: { dim: [{ size: '-1' }, { size: 2 }] } } } },
      { name: 'axes', op: 'Const', attr: {} },
    ],
    library: {},
  },
  weightsManifest: [
    {
      paths: ['one.bin', 'two.bin'],
      weights: [
        { name: 'b', dtype: 'float32', shape: [2] },
        { name: 'axes', dtype: 'int32', shape: [1] },
      ] as object[],
    },
  ],
});

const bytes = Buffer.concat([Buffer.from(Float32Array.of(1, 2).buffer), Buffer.from(Int32Array.of(-3).buffer)]);

async function read(json: unknown, weights = bytes, limits = {}) {
  await writeFile(join(folder, 'model.json'), typeof json === 'string' ? json : JSON.stringify(json));
  await writeFile(join(folder, 'one.bin'), weights.subarray(0, 6));
  await writeFile(join(folder, 'two.bin'), weights.subarray(6));
  return readGraphModel(join(folder, 'model.json'), limits);
}

describe('readGraphModel', () => {
  it('gives nodes behind those they take, their attributes, and weights across files', async () => {
    const { inputs, outputs, nodes, weights } = await read(model());
    expect([...inputs, ...outputs]).toEqual([
      ['wave', 'x'],
      ['sum', 'y'],
    ]);
    expect([...nodes.keys()]).toEqual(['b', 'x', 'axes', 'y']);
    expect(nodes.get('y')).toEqual({
      name: 'y',
      op: 'AddV2',
      inputs: ['x', 'b'],
      attributes: new Map([['T', 'DT_FLOAT']]),
    });
    expect([...nodes.get('x')!.attributes]).toEqual([['shape', [-1, 2]]]);
    expect([...nodes.get('b')!.attributes]).toEqual([['dtype', 'DT_FLOAT']]);
    expect(await readTensor(weights.get('b')!)).toEqual(Float32Array.of(1, 2));
    expect(await readTensor(weights.get('axes')!)).toEqual(Int32Array.of(-3));
  });

  it('reads attributes of all kinds', async () => {
    const json = model();
    const mode = Buffer.from('REFLECT').toString('base64');
    json.modelTopology.node[0]!.attr = {
      i: { i: '-7' },
      f: { f: 0.5 },
      b: { b: true },
      s: { s: mode },
      none: { list: {} },
      numbers: { list: { i: ['1', 2] } },
      texts: { list: { s: [mode] } },
    };
    expect(Object.fromEntries((await read(json)).nodes.get('y')!.attributes)).toEqual({
      ...{ i: -7, f: 0.5, b: true, s: 'REFLECT' },
      ...{ none: [], numbers: [1, 2], texts: ['REFLECT'] },
    });
  });

  const changed = (change: (json: ReturnType<typeof model>) => void) => {
    const json = model();
    change(json);
    return json;
  };
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /model\.json: is not JSON/],
    ['a layers model', changed((json) => Object.assign(json, { format: 'layers-model' })), /"format"/],
    ['no signature', changed((json) => Object.assign(json, { signature: undefined })), /"signature"/],
    [
      'an attribute of no known kind',
      changed((json) => Object.assign(json.modelTopology.node[0]!.attr, { T: { func: {} } })),
      /node\.0\.attr\.T/,
    ],
    [
      'a number too large',
      changed((json) => Object.assign(json.modelTopology.node[0]!.attr, { T: { i: '9007199254740993' } })),
      /whole number/,
    ],
    ['functions', changed((json) => Object.assign(json.modelTopology.library, { function: [{}] })), /no functions/],
    [
      'quantized weights',
      changed((json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { quantization: { scale: 1 } })),
      /not quantized/,
    ],
    [
      'weights of text',
      changed((json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { dtype: 'string' })),
      /dtype/,
    ],
    [
      'a negative size',
      changed((json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { shape: [-2] })),
      /shape/,
    ],
    [
      'weights twice',
      changed((json) => json.weightsManifest[0]!.weights.push({ name: 'b', dtype: 'float32', shape: [0] })),
      /weights "b" twice/,
    ],
    [
      'more weights than bytes',
      changed((json) => Object.assign(json.weightsManifest[0]!.weights[0]!, { shape: [2 ** 40] })),
      /is cut: "b"/,
    ],
    [
      'fewer weights than bytes',
      changed((json) => json.weightsManifest[0]!.weights.pop()),
      /12 bytes, but the weights .* take 8/,
    ],
    [
      'a file elsewhere',
      changed((json) => Object.assign(json.weightsManifest[0]!, { paths: ['../one.bin'] })),
      /no file beside it/,
    ],
    [
      'a file that is not there',
      changed((json) => Object.assign(json.weightsManifest[0]!, { paths: ['three.bin'] })),
      /three\.bin: cannot be opened/,
    ],
    [
      'a constant without weights',
      changed((json) => Object.assign(json.modelTopology.node[3]!, { name: 'other' })),
      /"other" has no weights/,
    ],
    [
      'two nodes of a name',
      changed((json) => Object.assign(json.modelTopology.node[3]!, { name: 'b' })),
      /two nodes of one name/,
    ],
    [
      'a second output',
      changed((json) => Object.assign(json.modelTopology.node[0]!, { input: ['x', 'b:1'] })),
      /"b:1" is taken/,
    ],
    [
      'a control input',
      changed((json) => Object.assign(json.modelTopology.node[0]!, { input: ['^x'] })),
      /"\^x" is taken/,
    ],
    ['a circle', changed((json) => Object.assign(json.modelTopology.node[2]!, { input: ['y'] })), /in a circle/],
    [
      'an output that is not there',
      changed((json) => Object.assign(json.signature.outputs.sum, { name: 'z' })),
      /"z" is taken/,
    ],
  ])('refuses %s', async (_, json, message) => {
    const error = await read(json).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect((error as DataError).message).toContain(folder);
  });

  it('refuses a graph and a tensor beyond the limits, and a cut file', async () => {
    await expect(read(model(), bytes, { headerBytes: 100 })).rejects.toThrow(/at most 100 are read/);
    await expect(read(model(), bytes, { tensorBytes: 4 })).rejects.toThrow(/at most 4 bytes are read/);
    await expect(read(model(), bytes.subarray(0, 11))).rejects.toThrow(/model\.json: is cut: "axes"/);
  });

  it('gives a model or a DataError for damaged ones, 500 times', async () => {
    const random = seededRandom('damaged graph models');
    const good = JSON.stringify(model());
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '0',
      '-1',
      '1e999',
      'null',
      '"x"',
      '"b:0"',
      '"Const"',
      '{"i":"1"}',
    ];
    const found = { read: 0, refused: 0 };
    for (let i = 0; i < 500; i++) {
      let text = good;
      for (let change = random.integer(3); change >= 0; change--) {
        const at = random.integer(text.length);
        text = text.slice(0, at) + pieces[random.integer(pieces.length)] + text.slice(at + random.integer(6));
      }
      const outcome = await read(text).then(
        async ({ weights }) => {
          for (const tensor of weights.values()) await readTensor(tensor);
          return 'read' as const;
        },
        (error: unknown) => {
          if (error instanceof DataError) return 'refused' as const;
          throw new Error(`mutant ${i}: ${text}`, { cause: error });
        },
      );
      found[outcome]++;
    }
    expect(found.read).toBeGreaterThan(5);
    expect(found.refused).toBeGreaterThan(250);
  });
});
