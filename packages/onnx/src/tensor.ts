// What we use of onnxruntime, in types of our own: its declarations need those of a browser, which few programs for Node have.

/** The numbers of a tensor, or its texts. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** A tensor of onnxruntime. */
export interface Tensor {
  /** Its element type by onnxruntime's name, e.g. `float32`. */
  readonly type: string;
  readonly dims: readonly number[];
  /** How many elements it has. */
  readonly size: number;
  /** Row by row: the last dimension changes fastest. */
  readonly data: TensorData;
}

/** An input or output of a model, as the model declares it. */
export type ValueMetadata =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string;
      readonly isTensor: true;
      readonly type: string;
      /** A size, or the name of one that is known when the model runs. */
      readonly shape: readonly (number | string)[];
    };

type Tensors = Readonly<Record<string, Tensor>>;

/** A model that onnxruntime has loaded. */
export interface InferenceSession {
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  run(feeds: Tensors): Promise<Tensors>;
  run(feeds: Tensors, into: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}

/** What onnxruntime offers. */
export interface Onnxruntime {
  readonly Tensor: new (type: string, data: TensorData | readonly boolean[], dims?: readonly number[]) => Tensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<InferenceSession> };
  readonly env: { logLevel?: string };
}
