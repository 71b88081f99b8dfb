import { dirname, join } from 'node:path';
import { type ElementType, elementBytes, quoted, refusal, z } from '@refrain/core';
import { type ByteSource, fileSource, readBytes } from './byteSource.ts';
import { type CheckpointLimits, limitsOf, rowMajorStrides, type Storage, type Tensor, tensorOf } from './tensor.ts';

/** A graph model of TensorFlow.js: operations and their constants, nothing of it run. Values of constants stay in the file until they are read. */
export interface GraphModel {
  /** The path of its model.json. */
  readonly source: string;
  /** Names of the nodes that are fed, by the names its signature gives them. */
  readonly inputs: ReadonlyMap<string, string>;
  /** What the graph gives, the same way, in the order of the signature. */
  readonly outputs: ReadonlyMap<string, string>;
  /** By their names, each behind those it takes. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Values of the nodes of the operation Const. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** An operation of a graph model. */
export interface GraphNode {
  readonly name: string;
  /** TensorFlow's name of it, such as Conv2D. */
  readonly op: string;
  /** Names of the nodes whose first, and only, output it takes. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, GraphAttribute>;
}

/** Text for strings and element types, sizes for shapes (−1 where open), lists of either kind. */
export type GraphAttribute = number | boolean | string | readonly number[] | readonly string[];

const MAX_NODES = 2 ** 16;
const MAX_SHARDS = 2 ** 10;

const whole = z.union([z.number(), z.string().regex(/^-?\d{1,16}$/)]).transform(Number);
const wholeNumber = whole.refine(Number.isSafeInteger, 'expected a whole number');
// Text is written in base64.
const text = z
  .string()
  .max(4096)
  .transform((base64) => Buffer.from(base64, 'base64').toString());
const sizes = z
  .object({
    dim: z
      .array(z.object({ size: wholeNumber }))
      .max(64)
      .default([]),
  })
  .transform(({ dim }) => dim.map(({ size }) => size));
const list = z
  .strictObject({ i: z.array(wholeNumber), s: z.array(text), f: z.array(z.number()), type: z.array(z.string()) })
  .partial()
  .transform((lists): readonly number[] | readonly string[] => lists.i ?? lists.s ?? lists.f ?? lists.type ?? []);
// A tensor stands only in constants, whose values are in the manifest of weights.
const attribute = z
  .strictObject({
    i: wholeNumber,
    f: z.number(),
    b: z.boolean(),
    s: text,
    type: z.string(),
    shape: sizes,
    list,
    tensor: z.unknown(),
  })
  .partial()
  .refine((kinds) => Object.keys(kinds).length === 1, 'expected one value')
  .transform(({ tensor, ...kinds }) => Object.values(kinds)[0] as GraphAttribute | undefined);

const signature = z.record(z.string(), z.object({ name: z.string() }));
const modelSchema = z.object({
  format: z.literal('graph-model'),
  signature: z.object({ inputs: signature, outputs: signature }),
  modelTopology: z.object({
    node: z
      .array(
        z.object({
          name: z.string(),
          op: z.string(),
          input: z.array(z.string()).default([]),
          attr: z.record(z.string(), attribute).default({}),
        }),
      )
      .max(MAX_NODES),
    library: z
      .object({ function: z.array(z.unknown()).max(0, 'expected no functions') })
      .partial()
      .optional(),
  }),
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(z.string()).max(MAX_SHARDS),
        weights: z
          .array(
            z.object({
              name: z.string(),
              dtype: z.enum(['float32', 'int32', 'uint8', 'bool']),
              shape: z.array(z.int().min(0)).max(64),
              quantization: z.undefined('expected weights that are not quantized').optional(),
            }),
          )
          .max(MAX_NODES),
      }),
    )
    .max(MAX_SHARDS),
});

type Model = z.output<typeof modelSchema>;
type Group = Model['weightsManifest'][number];

/**
 * Reads the graph model whose model.json is at `path`; its weights lie in files beside it. Throws a DataError that names the file where there is
 * none, where anything is malformed, where weights and files do not fit each other to the byte, and where nodes take what is not there or
 * each other in a circle.
 */
export async function readGraphModel(path: string, limits: Partial<CheckpointLimits> = {}): Promise<GraphModel> {
  const all = limitsOf(limits);
  const model = await readModel(path, all);
  const weights = new Map<string, Tensor>();
  for (const group of model.weightsManifest) await addWeights(weights, path, group, all);
  const nodes = nodesOf(model, path);
  for (const { name, op } of nodes.values())
    if (op === 'Const' && !weights.has(name)) throw refusal(path, `the constant ${quoted(name)} has no weights.`);
  const named = (entries: Model['signature']['inputs']) =>
    new Map(Object.entries(entries).map(([name, entry]) => [name, nodeNamed(entry.name, nodes, path)]));
  const { inputs, outputs } = model.signature;
  return { source: path, inputs: named(inputs), outputs: named(outputs), nodes: inOrder(nodes, path), weights };
}

async function readModel(path: string, { headerBytes }: CheckpointLimits): Promise<Model> {
  const source = await fileSource(path);
  if (source.size > headerBytes)
    throw refusal(path, `has ${source.size} bytes; at most ${headerBytes} are read of a graph.`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(await source.read(0, source.size)).toString());
  } catch (cause) {
    throw refusal(path, 'is not JSON. Expected the model.json of a TensorFlow.js graph model.', cause);
  }
  const { data, error } = modelSchema.safeParse(json);
  if (error === undefined) return data;
  const { path: place, message } = error.issues[0]!;
  throw refusal(path, `is no graph model of TensorFlow.js that can be read: ${quoted(place.join('.'))}: ${message}.`);
}

/** Adds the weights of a group, which lie one after another in its files, as if those were one. */
async function addWeights(weights: Map<string, Tensor>, path: string, group: Group, limits: CheckpointLimits) {
  const source = await joinedFiles(path, group.paths);
  let offset = 0;
  for (const { name, dtype, shape } of group.weights) {
    if (weights.has(name)) throw refusal(path, `has the weights ${quoted(name)} twice.`);
    const count = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
    const begin = offset;
    offset += count * elementBytes(dtype);
    if (offset > source.size) throw refusal(source.name, `is cut: ${quoted(name)} would end at byte ${offset}.`);
    weights.set(name, tensorIn(source, begin, { dtype, shape, count }, limits));
  }
  if (offset !== source.size)
    throw refusal(source.name, `has ${source.size} bytes, but the weights in ${path} take ${offset}.`);
}

function tensorIn(
  source: ByteSource,
  begin: number,
  { dtype, shape, count }: { dtype: ElementType; shape: readonly number[]; count: number },
  limits: CheckpointLimits,
): Tensor {
  const read = (from: number, to: number) => readBytes(source, begin + from, to - from, 'a tensor');
  const storage: Storage = { kind: 'storage', source: source.name, dtype, count, read };
  return tensorOf(storage, { offset: 0, shape, strides: rowMajorStrides(shape) }, limits);
}

/** The files of those names beside `path`, one after another. */
async function joinedFiles(path: string, names: readonly string[]): Promise<ByteSource> {
  const parts: { source: ByteSource; begin: number }[] = [];
  let size = 0;
  for (const name of names) {
    // Nothing outside of the model's folder is any business of its author.
    if (!/^[\w-][\w.-]*$/.test(name)) throw refusal(path, `names ${quoted(name)}, which is no file beside it.`);
    const source = await fileSource(join(dirname(path), name));
    parts.push({ source, begin: size });
    size += source.size;
  }
  const read = async (offset: number, length: number) => {
    const pieces: Uint8Array[] = [];
    for (const { source, begin } of parts) {
      const from = Math.max(offset, begin);
      const to = Math.min(offset + length, begin + source.size);
      if (from < to) pieces.push(await source.read(from - begin, to - from));
    }
    return pieces.length === 1 ? pieces[0]! : new Uint8Array(Buffer.concat(pieces));
  };
  return { name: parts.length === 1 ? parts[0]!.source.name : path, size, read };
}

function nodesOf({ modelTopology }: Model, path: string): ReadonlyMap<string, GraphNode> {
  const named = new Map(modelTopology.node.map((node) => [node.name, node]));
  if (named.size < modelTopology.node.length) throw refusal(path, 'has two nodes of one name.');
  return new Map(
    modelTopology.node.map(({ name, op, input, attr }) => {
      const inputs = input.map((value) => nodeNamed(value, named, path));
      const known = Object.entries(attr).filter((pair): pair is [string, GraphAttribute] => pair[1] !== undefined);
      return [name, { name, op, inputs, attributes: new Map(known) }];
    }),
  );
}

/** The node of a value: `name`, or `name:0`, its first output. */
function nodeNamed(value: string, nodes: ReadonlyMap<string, unknown>, path: string): string {
  const name = value.replace(/:0$/, '');
  if (nodes.has(name)) return name;
  throw refusal(path, `${quoted(value)} is taken, which is no first output of any of its nodes.`);
}

/** The nodes, each behind those it takes (Kahn 1962). */
function inOrder(nodes: ReadonlyMap<string, GraphNode>, path: string): ReadonlyMap<string, GraphNode> {
  const takers = new Map<string, GraphNode[]>();
  const missing = new Map<string, number>();
  for (const node of nodes.values()) {
    missing.set(node.name, node.inputs.length);
    for (const input of node.inputs) {
      const those = takers.get(input);
      if (those === undefined) takers.set(input, [node]);
      else those.push(node);
    }
  }
  const ready = [...nodes.values()].filter(({ inputs }) => inputs.length === 0);
  const ordered = new Map<string, GraphNode>();
  for (let next = 0; next < ready.length; next++) {
    const node = ready[next]!;
    ordered.set(node.name, node);
    for (const taker of takers.get(node.name) ?? []) {
      const left = missing.get(taker.name)! - 1;
      missing.set(taker.name, left);
      if (left === 0) ready.push(taker);
    }
  }
  if (ordered.size < nodes.size) throw refusal(path, 'has nodes that take each other in a circle.');
  return ordered;
}
