export { type ByteSource, memorySource } from './byteSource.ts';
export { type Checkpoint, type CheckpointFormat, readCheckpoint } from './checkpoint.ts';
export type { Dtype, TensorValues } from './dtype.ts';
export { readPickledDictionary } from './pickledDictionary.ts';
export { type StateDict, stateDict } from './stateDict.ts';
export { asFloat32, type CheckpointLimits, readTensor, type Storage, type Tensor } from './tensor.ts';
export {
  type CheckpointValue,
  type Dictionary,
  type DictionaryKey,
  type Foreign,
  isTensor,
  type Tuple,
} from './value.ts';
export { readZipDirectory, type ZipEntry } from './zip.ts';
