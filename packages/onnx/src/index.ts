export type { Tensor } from 'onnxruntime-node';
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
export { BLOCK_ROWS, type BlockProduct, openGram, openTransform } from './products.ts';
export {
  type ExecutionProvider,
  onnxruntime,
  onnxruntimeVersion,
  openSession,
  type Session,
  type SessionOptions,
} from './session.ts';
