import type { Graph, Initializer, Node, ValueInfo } from '@refrain/onnx';

/** Collects the nodes and constants of an ONNX graph; every value gets a name of its own. */
export class GraphWriter {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #known = new Map<string, string>();

  /** The value that operation `op` gives for `inputs`. The same asked for again is the same value. */
  add(op: string, inputs: readonly string[], attributes: NonNullable<Node['attributes']> = {}): string {
    const key = JSON.stringify([op, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const output = `v${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, outputs: [output], attributes });
    this.#known.set(key, output);
    return output;
  }

  /** What lies in `value` at `from` … `to` − 1 along an axis. */
  slice(value: string, axis: number, from: number, to: number): string {
    return this.add('Slice', [value, this.integers([from]), this.integers([to]), this.integers([axis])]);
  }

  /** The numbers of `value` in another shape. */
  reshape(value: string, shape: readonly number[]): string {
    return this.add('Reshape', [value, this.integers(shape)]);
  }

  /** A constant of these numbers. */
  constant(data: Initializer['data'], shape: readonly number[]): string {
    const name = `c${this.#initializers.length}`;
    this.#initializers.push({ name, shape, data });
    return name;
  }

  /** A constant list of whole numbers, as shapes, axes and pads are. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const key = `integers ${JSON.stringify([values, shape])}`;
    const known = this.#known.get(key) ?? this.constant(BigInt64Array.from(values, BigInt), shape);
    this.#known.set(key, known);
    return known;
  }

  /** A constant number. */
  number(value: number): string {
    const key = `number ${value}`;
    const known = this.#known.get(key) ?? this.constant(Float32Array.of(value), []);
    this.#known.set(key, known);
    return known;
  }

  /** The graph of all nodes, with the constants that they take. Each output stands with the value that it is. */
  graph(inputs: readonly ValueInfo[], outputs: readonly (readonly [ValueInfo, string])[]): Graph {
    const named = outputs.map(([{ name }, value]) => ({ op: 'Identity', inputs: [value], outputs: [name] }));
    const nodes = [...this.#nodes, ...named];
    const taken = new Set(nodes.flatMap((node) => node.inputs));
    const initializers = this.#initializers.filter(({ name }) => taken.has(name));
    return { inputs, outputs: outputs.map(([info]) => info), nodes, initializers };
  }
}
