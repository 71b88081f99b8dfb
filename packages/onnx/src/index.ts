export {
  type Attribute,
  type Dimension,
  type ElementType,
  type Graph,
  type Initializer,
  modelBytes,
  type Node,
  type ValueInfo,
} from './graph.ts';
export { onnxruntime, onnxruntimeVersion } from './library.ts';
export { BLOCK_ROWS, type BlockProduct, openGram, openTransform } from './products.ts';
export { type ExecutionProvider, openSession, type Session, type SessionOptions } from './session.ts';
export type { InferenceSession, Onnxruntime, Tensor, TensorData, ValueMetadata } from './tensor.ts';
