import { type GraphModel, type GraphNode, readTensor } from '@refrain/checkpoints';
import { quoted, refusal } from '@refrain/core';
import type { GraphWriter } from './graphWriter.ts';
import { type Operation, translateOperation } from './operations.ts';

/** Another way to compute the value of a node: from the values of those named. */
export interface Arrangement {
  readonly from: readonly string[];
  /** The value, in the writer of the translation. */
  readonly arrange: (writer: GraphWriter, values: readonly string[]) => string | Promise<string>;
}

/**
 * Writes a graph model as an ONNX graph, from the values of its inputs: what its outputs need, node by node, but for those that `arrangements`
 * names, with the same numbers up to rounding. The values of the outputs; both by the names of the model's signature. Throws a DataError that names
 * the file, the node and what it does where that cannot be translated, and where an input is missing.
 */
export async function translateGraphModel(
  model: GraphModel,
  writer: GraphWriter,
  inputs: ReadonlyMap<string, string>,
  arrangements: ReadonlyMap<string, Arrangement> = new Map(),
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [name, node] of model.inputs) {
    const value = inputs.get(name);
    if (value !== undefined) values.set(node, value);
  }
  const needed = neededBy(model, arrangements);
  for (const node of model.nodes.values()) {
    if (!needed.has(node.name) || values.has(node.name)) continue;
    values.set(node.name, await translated(node, model, { writer, values, arrangements }));
  }
  return new Map([...model.outputs].map(([name, node]) => [name, values.get(node)!]));
}

/** What of a translation is done. */
interface Progress {
  readonly writer: GraphWriter;
  readonly values: ReadonlyMap<string, string>;
  readonly arrangements: ReadonlyMap<string, Arrangement>;
}

async function translated(node: GraphNode, model: GraphModel, progress: Progress): Promise<string> {
  const { writer, values, arrangements } = progress;
  const arrangement = arrangements.get(node.name);
  if (arrangement !== undefined)
    return arrangement.arrange(
      writer,
      arrangement.from.map((name) => values.get(name)!),
    );
  if (node.op === 'Const') return constant(node, model, writer);
  if (node.op === 'Placeholder')
    throw refusal(model.source, `its node ${quoted(node.name)} is an input that nothing is given for.`);
  return translateOperation(operationOf(node, model, progress));
}

function operationOf(node: GraphNode, model: GraphModel, { writer, values }: Progress): Operation {
  const refuse = (why: string) => refusal(model.source, `its node ${quoted(node.name)}, a ${quoted(node.op)}, ${why}.`);
  const tensor = (at: number, types: readonly string[]) => {
    const found = model.weights.get(node.inputs[at] ?? '');
    if (found !== undefined && types.includes(found.dtype)) return found;
    throw refuse(`takes as input ${at} what is no constant of ${types.join(' or ')}`);
  };
  return {
    node,
    inputs: node.inputs.map((name) => values.get(name)!),
    writer,
    integers: async (at) => Array.from((await readTensor(tensor(at, ['int32']))) as Int32Array),
    floats: async (at) => {
      const found = tensor(at, ['float32']);
      return { data: (await readTensor(found)) as Float32Array, shape: found.shape };
    },
    refuse,
  };
}

/** ONNX has its shapes in int64, so all whole numbers are. */
async function constant(node: GraphNode, model: GraphModel, writer: GraphWriter): Promise<string> {
  const tensor = model.weights.get(node.name)!;
  const values = await readTensor(tensor);
  if (values instanceof Float32Array) return writer.constant(values, tensor.shape);
  if (values instanceof Int32Array) return writer.integers([...values], tensor.shape);
  throw refusal(model.source, `its constant ${quoted(node.name)} is of ${tensor.dtype}, which cannot be translated.`);
}

/** The nodes that the outputs, or arrangements on the way to them, take. */
function neededBy(model: GraphModel, arrangements: ReadonlyMap<string, Arrangement>): ReadonlySet<string> {
  const needed = new Set<string>();
  const waiting = [...model.outputs.values()];
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (needed.has(name)) continue;
    needed.add(name);
    waiting.push(...(arrangements.get(name)?.from ?? model.nodes.get(name)!.inputs));
  }
  return needed;
}
